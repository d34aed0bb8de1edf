/**
 * `scope()` inside a body: a group of children with a limit of its own and a choice of how a failure affects the others.
 */
import type { Frame } from '../runs/model.ts';
import { ConfigurationError } from '@millrace/kernel';
import { requireFrame } from '../context/run-context.ts';
import { Semaphore } from '../runs/semaphore.ts';
import { PermitPool, WINDOW_SIZE } from '../runs/run-permit.ts';
import { cancelReason } from '../runs/cancel-reason.ts';
import { runInScope } from '../runs/inner-scope.ts';

/** How a `scope()` treats its children. */
export interface ScopeOptions {
  /** At the first failure of a child: cancel the others (default), or let them end. */
  readonly onFailure?: 'cancel' | 'wait';
  /** How many children run at once. */
  readonly limit?: number;
}

/** The handle that the body of a `scope()` receives. */
export interface ScopeHandle {
  /** Cancels all children that have not ended. */
  cancel(reason?: string): void;
}

/**
 * Runs a body whose children all end before it does.
 *
 * The body returned: the children are awaited. It threw: they are cancelled, then awaited. A child failed: the others are
 * cancelled at once (`onFailure: 'cancel'`), and the scope throws the child's error.
 *
 * @param body gets a handle to cancel with
 * @throws the error of the body, or of the first failed child; ConfigurationError outside any run
 * @example
 * await scope(async () => { for (const page of pages) crawl.submit(page); }, { limit: 5 });
 */
export async function scope<T>(body: (scope: ScopeHandle) => T, options: ScopeOptions = {}): Promise<Awaited<T>> {
  const outer = requireFrame('scope()');
  const { onFailure = 'cancel', limit } = options;
  if (typeof body !== 'function')
    throw new ConfigurationError(`scope(body, options) needs a function first, not ${typeof body}.`);
  if (onFailure !== 'cancel' && onFailure !== 'wait')
    throw new ConfigurationError(`onFailure of scope() must be 'cancel' or 'wait', not ${String(onFailure)}.`);
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1)) {
    throw new ConfigurationError(`scope({ limit }) must be a whole number of 1 or more, not ${String(limit)}.`);
  }
  if (limit !== undefined && outer.flow === null)
    throw new ConfigurationError('scope({ limit }) counts the runs of a flow: call it in a flow, or in a task of one.');
  return await outer.runtime.block(outer, {
    name: 'scope',
    args: [options],
    body: (send) => body({ cancel: (reason) => send('cancel', reason === undefined ? [] : [reason]) }),
    here: () =>
      runInScope(outer, { name: 'scope', onFailure, frame: limited(outer, limit) }, (inner) =>
        body({ cancel: (reason = 'cancelled by its scope') => inner.cancelAll(cancelReason(reason)) }),
      ),
  });
}

/** The semaphore of the scope's own limit. */
function limited({ flow }: Frame, limit: number | undefined): Partial<Frame> {
  if (limit === undefined || flow === null) return {};
  return { flow: { ...flow, permits: new PermitPool(new Semaphore(WINDOW_SIZE), new Semaphore(limit)) } };
}
