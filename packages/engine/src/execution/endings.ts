/**
 * Records the end of an attempt: the state and the outcome, the commit, the hooks, the settlement. Each function returns whether the run
 * has settled; it has not if the rules grant a retry.
 */
import {
  cached,
  cancelled,
  completed,
  isTerminal,
  RunCancelled,
  RunTimedOut,
  StateName,
  StateType,
} from '@millrace/kernel';
import { callHooks } from '../context/hooks.ts';
import type { Run } from '../runs/model.ts';
import { rememberRun } from '../runs/run-of.ts';
import { lostToFullDisk } from '../runs/run-loss.ts';
import { encodeAtOnce, encodeError, encodeOutcome, encodesAtOnce, offloaded } from '../runs/values.ts';
import { takeEffect } from '../transactions/effects.ts';
import type { Attempts, Failure } from './attempt-differences.ts';
import type { Ending } from './body.ts';
import { showCancelled } from './early-cancellation.ts';
import { endError } from './replay.ts';

export async function recordEnding(attempts: Attempts, ending: Ending): Promise<boolean> {
  if (ending.kind === 'value') return await recordValue(attempts, ending.value);
  // There is no value to cache either.
  await attempts.endCaching(null);
  const { run } = attempts;
  switch (ending.kind) {
    case 'error':
    case 'refused':
      return await recordError(attempts, { error: ending.error });
    case 'timed-out': {
      const timeoutMs = run.definition.timeoutMs ?? 0;
      const error = new RunTimedOut({ runId: run.id, runName: run.name, timeoutMs });
      return await recordError(attempts, { error, name: StateName.TimedOut });
    }
    case 'cancelled':
      await recordCancelled(attempts);
      return true;
    case 'lost':
      run.settle('failed', rememberRun(ending.cause, flowRunOf(run)));
      return true;
    case 'evicted':
      return true;
  }
}

/** A flow run is lost as a whole, so the loss comes from the flow run and not from a task of it. */
function flowRunOf(run: Run): Run {
  return run.kind === 'flow' ? run : (run.caller?.flow?.run ?? run);
}

async function recordValue(attempts: Attempts, value: unknown): Promise<boolean> {
  const { run } = attempts;
  let outcome: string | null;
  try {
    const text = encodesAtOnce(run.definition) ? encodeAtOnce(run, value) : await encodeOutcome(run, value);
    const stored = offloaded(run, text);
    outcome = stored instanceof Promise ? await stored : stored;
    // Before the end is recorded, which releases everything that the run holds.
    const cachedValue = attempts.endCaching(text);
    if (cachedValue !== undefined) await cachedValue;
  } catch (error) {
    await attempts.endCaching(null);
    return await recordError(attempts, { error });
  }
  const now = run.engine.clock.now();
  const state = run.cacheHit === null ? completed(now) : cached(now, run.cacheHit);
  const proposed = attempts.propose({ state, by: 'engine' }, outcome);
  const verdict = proposed instanceof Promise ? await proposed : proposed;
  if (verdict.status !== 'ACCEPT') return await recordOverruled(attempts);
  await attempts.committed();
  const effect = takeEffect(run, attempts.call, value);
  if (effect !== undefined) await effect;
  const { onCompletion } = run.definition.hooks;
  if (onCompletion.length > 0) await callHooks(run, onCompletion, { settlement: 'completed', value });
  run.settle('completed', value);
  return true;
}

export async function recordError(attempts: Attempts, failure: Failure): Promise<boolean> {
  const { error } = failure;
  const { run } = attempts;
  if (lostToFullDisk(run, error)) return true;
  const retriable = await attempts.isRetriable(error);
  const state = attempts.failureState({ ...failure, retriable });
  const verdict = await attempts.propose({ state, by: 'engine' }, await offloaded(run, encodeError(error)));
  if (verdict.status === 'REJECT' && attempts.record.state.type === StateType.Scheduled) {
    run.startAttempt();
    await attempts.beforeRetry(error);
    return false;
  }
  if (verdict.status !== 'ACCEPT') return await recordOverruled(attempts);
  await attempts.committed();
  const { onFailure, onCrashed } = run.definition.hooks;
  const hooks = state.type === StateType.Crashed ? onCrashed : onFailure;
  await callHooks(run, hooks, { settlement: 'failed', value: error });
  run.settle('failed', rememberRun(error, run));
  return true;
}

/** Another process changed the run meanwhile: a cancellation is applied, an end from outside is taken as the run's. */
async function recordOverruled(attempts: Attempts): Promise<boolean> {
  const { run, record } = attempts;
  if (record.state.type === StateType.Cancelling) {
    run.requestCancel({ reason: record.state.message ?? 'cancelled' });
    await recordCancelled(attempts);
    return true;
  }
  if (!isTerminal(record.state)) return false;
  run.settle('failed', rememberRun(endError(record), run));
  return true;
}

/** Records the cancellation and settles: also for a run whose body was never called. */
export async function recordCancelled(attempts: Attempts): Promise<void> {
  const { run } = attempts;
  if (run.isEvicted) return;
  const reason = run.cancelRequest?.reason ?? 'cancelled';
  const error = new RunCancelled({ runId: run.id, runName: run.name, reason });
  let isRecorded = true;
  if (run.record === null) showCancelled(run, reason);
  else {
    const state = cancelled(run.engine.clock.now(), reason);
    const verdict = await attempts.propose({ state, by: 'engine' }, encodeError(error));
    await attempts.committed();
    // Where another process ended the run, that process calls the hooks.
    isRecorded = verdict.status === 'ACCEPT';
  }
  if (isRecorded) await callHooks(run, run.definition.hooks.onCancellation, { settlement: 'failed', value: error });
  run.settle('failed', rememberRun(error, run));
}

/** Settles a run whose attempts ended with an error of the engine's own, or were never reached. */
export async function settleWithout(attempts: Attempts, error: unknown): Promise<void> {
  const { run } = attempts;
  if (run.cancelRequest !== null && run.settlement === 'pending') await recordCancelled(attempts).catch(() => {});
  if (!lostToFullDisk(run, error)) run.settle('failed', rememberRun(error, run));
}
