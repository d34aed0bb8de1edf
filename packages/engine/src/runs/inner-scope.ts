/**
 * A part of a body with a scope of its own, such as `scope()` and `transaction()`: it ends after all runs that it started.
 */
import type { Frame, Run, Scope } from './model.ts';
import { UnobservedFailure } from '@millrace/kernel';
import { waitInFrame } from './waiting.ts';
import { frameWithin, runInFrame } from './frame.ts';
import { ChildScope } from './scope.ts';

export interface InnerScope {
  /** Its name in messages. */
  readonly name: 'scope' | 'transaction';
  /** At the first failure of a child: cancel the others, or let them end. */
  readonly onFailure: 'cancel' | 'wait';
  /** Fields of the frame that differ for its children, beside the scope. */
  readonly frame: Partial<Frame>;
}

/**
 * Runs the body. It returned: the children are awaited. It threw: they are cancelled, then awaited.
 *
 * @throws the error of the body, or of a failed child: the first one, or one whose failure was not observed
 */
export async function runInScope<T>(outer: Frame, how: InnerScope, body: (scope: Scope) => T): Promise<Awaited<T>> {
  const { name, onFailure } = how;
  let failed: Run | undefined;
  const childFailed = (run: Run): void => {
    // Cancelled by this code itself, so its failure is no news.
    if (onFailure === 'wait' || (run.cancelRequest !== null && run.observed)) return;
    failed ??= run;
    inner.stopped ??= `'${run.name}' failed`;
    inner.cancelAll(inner.stopped);
  };
  const inner: Scope = new ChildScope({ outer: outer.scope, onFailure: childFailed });
  try {
    const value = await runInFrame(frameWithin(outer, { ...how.frame, scope: inner }), () => body(inner));
    await emptied(outer, inner, [...inner.open]);
    failed ??= firstOf(inner.unobserved);
    if (failed !== undefined) throw failureOf(name, failed, inner);
    return value;
  } catch (error) {
    inner.cancelAll(`its ${name} failed`);
    await emptied(outer, inner, []);
    throw error;
  } finally {
    for (const run of [...inner.unobserved]) run.observe();
  }
}

/** Waits for all children, and closes the scope in the same turn in which there are none. */
async function emptied(outer: Frame, inner: Scope, runs: readonly Run[]): Promise<void> {
  while (!inner.isEmpty) await waitInFrame(outer, runs, () => inner.idle());
  inner.close();
}

function firstOf<T>(items: Iterable<T>): T | undefined {
  for (const item of items) return item;
  return undefined;
}

function failureOf(name: string, failed: Run, inner: Scope): unknown {
  const others = [...inner.unobserved].filter((run) => run !== failed);
  if (others.length === 0) return failed.value;
  return new UnobservedFailure({
    runName: name,
    runs: [failed, ...others].map(({ id, name, value }) => ({ id, name, error: value })),
    cause: failed.value,
  });
}
