/**
 * One attempt of a body: calls it in its frame, waits for all runs that it started, and returns how it ended. Never throws.
 *
 * This file keeps law 1: however the body ends, its children are awaited (and cancelled first, if it failed) before its end is visible. A
 * body that ignores its abort is abandoned at its deadline, and its later calls are refused.
 */
import type { Abandonment, Frame, Run } from '../runs/model.ts';
import { RunTimedOut, UnobservedFailure } from '@millrace/kernel';
import { captureConsole } from '../context/console-capture.ts';
import { futuresIn, hasFutures, hasFuturesToStore, settledValue } from '../futures/resolve-inputs.ts';
import { waitForAll } from '../runs/waiting.ts';
import { collect, isGenerator } from '../futures/generator.ts';
import { runInFrame } from '../runs/frame.ts';
import { isEviction } from '../runs/eviction.ts';
import { awaitBody, enterBody } from '../runs/thread.ts';

/** How long a timed-out body may take to see its signal before the run is recorded without it. */
const TIMEOUT_GRACE_MS = 200;

export type Ending =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: unknown }
  | Abandonment;

export interface Attempt {
  readonly frame: Frame;
  /** The body, called in the frame. */
  readonly call: () => unknown;
  readonly timeoutMs: number | null;
  /** Takes what starts the timeout, where the body begins later than it is called; default: it starts with the call. */
  readonly onBegin?: ((start: () => void) => void) | undefined;
  readonly unobserved: 'fail' | 'ignore';
}

export function runBody(run: Run, attempt: Attempt): Promise<Ending> {
  const { frame } = attempt;
  const stopped = stoppedBefore(run);
  if (stopped !== null) return Promise.resolve(stopped);
  run.enterScope(frame.scope);
  if (frame.logPrints) captureConsole();
  let timer: { cancel(): void } | null = null;
  const begin = (): void => {
    if (attempt.timeoutMs !== null) timer ??= startTimeout(run, attempt.timeoutMs);
  };
  if (attempt.onBegin === undefined) begin();
  else attempt.onBegin(begin);
  return ended(run, attempt).then((ending) => {
    const closed = isOfBody(ending) ? closeScope(run, attempt, ending) : endAbandoned(run, attempt, ending);
    // Children that the body left open have no more time than the body.
    if (closed instanceof Promise) return closed.finally(() => timer?.cancel());
    timer?.cancel();
    return closed;
  });
}

/** Why the body must not begin: what happened while the run waited for a slot, a place or a hook. */
function stoppedBefore(run: Run): Ending | null {
  if (run.lostBy !== null) return { kind: 'lost', cause: run.lostBy };
  if (run.refusedBy !== null) return { kind: 'refused', error: run.refusedBy };
  return run.cancelRequest === null ? null : { kind: 'cancelled' };
}

function ended(run: Run, attempt: Attempt): Promise<Ending> {
  return new Promise((resolve) => {
    run.onAbandon(resolve);
    const end = (ending: Ending): void => {
      const { scope } = attempt.frame;
      if (scope.isEvicted && !(ending.kind === 'error' && isEviction(ending.error))) run.tree.onStir?.();
      resolve(ending);
    };
    const fail = (error: unknown): void => end({ kind: 'error', error: readable(error) });
    const finished = (value: unknown): void => {
      try {
        finish(attempt, value, end);
      } catch (error) {
        fail(error);
      }
    };
    // Not an async function: a leaf's body is called ten thousand times a map, and each frame between costs.
    try {
      runInFrame(attempt.frame, () => {
        const returned = enterBody(attempt.call);
        // A future that the body gives is waited for by the body.
        if (isThenable(returned)) awaitBody(returned).then(finished, fail);
        else finished(returned);
      });
    } catch (error) {
      fail(error);
    }
  });
}

/** Returns the thrown value, or a plain Error if inspecting it throws (a revoked Proxy, for example). */
function readable(error: unknown): unknown {
  try {
    Object.prototype.toString.call(error);
    return error;
  } catch (cause) {
    return new Error('What was thrown can not be read.', { cause });
  }
}

/** A generator is run to its end, futures in the value are waited for; any other value is the body's as it is. */
function finish({ frame }: Attempt, returned: unknown, resolve: (ending: Ending) => void): void {
  const end = (value: unknown): void => resolve({ kind: 'value', value });
  if (typeof returned !== 'object' || returned === null) {
    end(returned);
    return;
  }
  const fail = (error: unknown): void => resolve({ kind: 'error', error: readable(error) });
  if (isGenerator(returned))
    runInFrame(frame, () => awaitBody(enterBody(() => collect(frame, returned)))).then(end, fail);
  else if (!(frame.run.definition.persistResult ? hasFuturesToStore(returned) : hasFutures([returned]))) end(returned);
  else runInFrame(frame, () => returnedValue(frame, returned)).then(end, fail);
}

/** The body has returned, so what it started is not cancelled for one that failed: all end, then it fails. */
async function returnedValue(frame: Frame, returned: unknown): Promise<unknown> {
  const runs = (await futuresIn(returned)).map(([run]) => run);
  await waitForAll(runs, { frame, stopAtFailure: false });
  return await settledValue(returned, 'return', frame);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

function startTimeout(run: Run, timeoutMs: number): { cancel(): void } {
  const { engine } = run;
  let grace: { cancel(): void } | undefined;
  const timer = engine.clock.setTimer(timeoutMs, () => {
    const error = new RunTimedOut({ runId: run.id, runName: run.name, timeoutMs });
    run.timeOut(error);
    for (const child of [...(run.scope?.open ?? [])]) engine.cancel(child, error.message, TIMEOUT_GRACE_MS);
    grace = engine.clock.setTimer(TIMEOUT_GRACE_MS, () => run.abandon({ kind: 'timed-out' }));
  });
  return {
    cancel: () => {
      timer.cancel();
      grace?.cancel();
    },
  };
}

function isOfBody({ kind }: Ending): boolean {
  return kind === 'value' || kind === 'error' || kind === 'evicted';
}

/** The body runs on; its result is ignored. */
async function endAbandoned(run: Run, attempt: Attempt, ending: Ending): Promise<Ending> {
  const classified = await closeScope(run, attempt, ending);
  await attempt.frame.scope.abandon({ continues: classified.kind === 'lost' });
  return classified;
}

/** Awaits (or cancels and awaits) the children, then says what the attempt came to. */
function closeScope(run: Run, attempt: Attempt, ending: Ending): Ending | Promise<Ending> {
  const { scope } = attempt.frame;
  if (ending.kind === 'evicted') return ending;
  scope.closing = true;
  // Another process owns the run. Refuse new children; open ones were notified and must not be recorded as cancelled.
  if (ending.kind === 'lost') scope.close(ending.cause);
  else if (ending.kind !== 'value') {
    // Code of the failed body that is still running starts nothing more either.
    scope.close();
    scope.cancelAll(ending.kind === 'error' ? `'${run.name}' failed` : `'${run.name}' was stopped`);
  }
  return scope.isEmpty ? classify(run, attempt, ending) : classifyWhenEmpty(run, attempt, ending);
}

async function classifyWhenEmpty(run: Run, attempt: Attempt, ending: Ending): Promise<Ending> {
  const { scope } = attempt.frame;
  run.enterIdle();
  // For good: the body is at work no more (law 6).
  attempt.frame.permit?.suspend();
  const evicted = new Promise<Ending>((resolve) => {
    run.onAbandon((outcome) => {
      if (outcome.kind === 'evicted') resolve(outcome);
    });
  });
  // A promise that the body left behind may start another child right after the last one, so the scope is checked again at its close.
  while (!scope.isEmpty) {
    const isEvicted = await Promise.race([scope.idle(), evicted]);
    if (isEvicted !== undefined) return isEvicted;
  }
  run.leaveIdle();
  return classify(run, attempt, ending);
}

function classify(run: Run, attempt: Attempt, ending: Ending): Ending {
  const { scope } = attempt.frame;
  scope.close();
  run.onAbandon(null);
  if (ending.kind === 'lost' || ending.kind === 'refused') return ending;
  // While its children were awaited.
  if (run.lostBy !== null) return { kind: 'lost', cause: run.lostBy };
  if (run.refusedBy !== null) return { kind: 'refused', error: run.refusedBy };
  if (run.timedOut) return { kind: 'timed-out' };
  if (run.cancelRequest !== null && !(ending.kind === 'value' && isToBeUndone(run, attempt)))
    return { kind: 'cancelled' };
  if (ending.kind === 'value' && scope.unobserved.size > 0 && attempt.unobserved === 'fail') {
    return { kind: 'error', error: unobservedFailure(run, [...scope.unobserved]) };
  }
  return ending;
}

/** It did its work before its grace was over: recorded as completed, it is undone with its transaction. */
function isToBeUndone({ definition }: Run, { frame }: Attempt): boolean {
  return frame.transaction !== null && definition.kind === 'task' && definition.onRollback.length > 0;
}

function unobservedFailure(run: Run, failed: readonly Run[]): UnobservedFailure {
  for (const child of failed) child.observe();
  return new UnobservedFailure({
    runName: run.name,
    runs: failed.map(({ id, name, value }) => ({ id, name, error: value })),
    cause: failed[0]?.value,
  });
}
