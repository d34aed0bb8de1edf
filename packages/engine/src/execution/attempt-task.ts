/**
 * The attempts at a task: enters RUNNING, runs the body, proposes how it ended, and goes on while the rules grant a retry.
 */
import type { Place, Run } from '../runs/model.ts';
import {
  ConfigurationError,
  moveFor,
  type Proposal,
  type RetryPolicy,
  RunCancelled,
  RunCrashed,
  RunFailed,
  RunTimedOut,
  StateName,
  StateType,
  type TaskRunRecord,
  WaitCycleError,
  cached,
  cancelled,
  completed,
  crashed,
  failed,
  running,
} from '@millrace/kernel';
import { callWithCache, endCaching, isolationOf } from './cached-call.ts';
import { viewOf } from '../runs/run-view.ts';
import type { TaskDefinition } from '../definitions/definition.ts';
import { acquireTagSlots, type TagSlots } from '../limits/tag-slots.ts';
import { showCancelled } from './early-cancellation.ts';
import { takeEffect } from '../transactions/effects.ts';
import { callBeside } from '../context/hook-frame.ts';
import { callHooks } from '../context/hooks.ts';
import { type Ending, runBody } from './body.ts';
import { holdBack, mayNotBegin } from '../runs/drain.ts';
import { settledInTime } from '../runs/callbacks.ts';
import { pauseWithout, untilAborted, withinGrace } from '../runs/interruptible-waits.ts';
import { lostToFullDisk } from '../runs/run-loss.ts';
import { noRetryHelps } from './lasting-errors.ts';
import { rememberRun } from '../runs/run-of.ts';
import { tagsOf } from '../context/tags.ts';
import { warnOfChangedArguments } from './changed-arguments.ts';
import type { TaskCall } from './task-call.ts';
import { endUnready } from './unready-calls.ts';
import { TaskFrame } from '../runs/task-frame.ts';
import { encodeAtOnce, encodeError, encodeOutcome, encodesAtOnce, messageOf, placed } from '../runs/values.ts';

/** Runs attempts until the task has ended, and settles the run. */
export async function attemptTask(run: Run, call: TaskCall, place: Place | null): Promise<void> {
  let ended = false;
  for (let first = true; !ended; first = false) {
    if (run.cancelRequest !== null) {
      await finishCancelled(run);
      return;
    }
    if (mayNotBegin(run)) await holdBack(run);
    // A retry's delay is waited for first: whoever waits holds no slot (law 6).
    if (isDue(run) || (await untilDue(run, place))) {
      let slots: TagSlots | null;
      try {
        slots = run.record !== null && run.record.tags.length > 0 ? await acquireTagSlots(run, place) : null;
      } catch (error) {
        if (!(error instanceof WaitCycleError)) throw error;
        ended = await concludeError(run, { error });
        continue;
      }
      try {
        ended = await attemptOnce(run, call, { first, place, slots });
      } finally {
        if (slots !== null) await slots.release();
      }
    }
    const again = ended ? undefined : place?.takeWork();
    if (again !== undefined) await untilAborted(run, again);
  }
}

interface TaskAttempt {
  readonly first: boolean;
  readonly place: Place | null;
  readonly slots: TagSlots | null;
}

/** True when the run has settled. */
async function attemptOnce(run: Run, call: TaskCall, { first, place, slots }: TaskAttempt): Promise<boolean> {
  const definition = run.definition as TaskDefinition;
  // Cancelled while its slot was granted: it never was RUNNING.
  const waitMs = run.cancelRequest === null ? enterRunning(run) : null;
  if (waitMs === null) {
    await finishCancelled(run);
    return true;
  }
  if (waitMs > 0) {
    await pauseWithout(slots === null ? place : slots.placeOver(place), run, waitMs);
    return false;
  }
  // A body has effects: a process that dies in the first instant of an outermost run leaves a record that shows it.
  if (first && run.caller === null) await executionOf(run).committed();
  if (definition.hooks.onRunning.length > 0) await callHooks(run, definition.hooks.onRunning);
  const frame = new TaskFrame(run, { place: slots === null ? place : slots.placeOver(place), tags: tagsOf(run) });
  const ending = await runBody(run, {
    frame,
    call: () => callWithCache(run, call, frame),
    timeoutMs: definition.timeoutMs,
    onBegin: isolationOf(run) === null ? undefined : (start) => frame.startOnBegin(start),
    unobserved: 'fail',
  });
  place?.bodyEnded();
  // With the commit of how it ended; awaited by who took them.
  void slots?.release();
  frame.isOver = true;
  warnOfChangedArguments(frame, call);
  const ended =
    ending.kind === 'value'
      ? await concludeValue(run, { call, value: ending.value }, frame)
      : await concludeWithout(run, ending, frame);
  if (!ended) endUnready(run);
  return ended;
}

/** Without a value: there is none to cache either. */
async function concludeWithout(
  run: Run,
  ending: Exclude<Ending, { kind: 'value' }>,
  frame: TaskFrame,
): Promise<boolean> {
  if (frame.cacheLease !== null) await endCaching(run, frame, null);
  return await conclude(run, ending);
}

/** False while a retry's delay has not passed. */
function isDue(run: Run): boolean {
  const { state } = recordOf(run);
  return state.type !== StateType.Scheduled || (state.details?.scheduledAt ?? 0) <= run.engine.clock.now();
}

/** Waits for the retry's time, its place given back; false when the run was cancelled meanwhile. */
async function untilDue(run: Run, place: Place | null): Promise<boolean> {
  try {
    await pauseWithout(place, run, (recordOf(run).state.details?.scheduledAt ?? 0) - run.engine.clock.now());
    return true;
  } catch (error) {
    if (run.cancelRequest === null) throw error;
    return false;
  }
}

/**
 * PENDING or AwaitingRetry to RUNNING. Gives for how long the rules say to wait first; 0 = it is RUNNING; null = its flow run
 * is being cancelled, and so is it.
 */
function enterRunning(run: Run): number | null {
  const record = recordOf(run);
  const move = moveFor(record, 'called-again');
  const state = running(run.engine.clock.now());
  const proposal: Proposal = move === undefined ? { state, by: 'engine' } : { state, by: 'engine', move };
  const verdict = executionOf(run).proposeTask(record, proposal);
  if (verdict.status === 'ACCEPT') {
    const flow = run.caller?.flow;
    if (flow != null) record.flowRunCount = flow.run.record?.runCount ?? 1;
    return 0;
  }
  if (verdict.status === 'WAIT') return verdict.delayMs;
  const flowState = run.caller?.flow?.run.record?.state;
  if (flowState?.type === StateType.Cancelling) {
    run.cancelRequest ??= { reason: flowState.message ?? 'its flow run is being cancelled' };
    return null;
  }
  throw new RunFailed({
    runId: run.id,
    runName: run.name,
    message: `Task run '${run.name}' could not start: ${verdict.reason}`,
  });
}

/** Proposes how the attempt ended. True when the run has settled, false when it is tried again. */
async function conclude(run: Run, ending: Exclude<Ending, { kind: 'value' }>): Promise<boolean> {
  switch (ending.kind) {
    case 'error':
    case 'refused':
      return await concludeError(run, { error: ending.error });
    case 'timed-out': {
      const timeoutMs = run.definition.timeoutMs ?? 0;
      const error = new RunTimedOut({ runId: run.id, runName: run.name, timeoutMs });
      return await concludeError(run, { error, name: StateName.TimedOut });
    }
    case 'cancelled':
      await finishCancelled(run);
      return true;
    case 'lost':
      run.settle('failed', ending.cause);
      return true;
    case 'parked':
      return true;
  }
}

async function concludeValue(run: Run, ended: CompletedBody, frame: TaskFrame): Promise<boolean> {
  const { call, value } = ended;
  let outcome: string | null;
  try {
    const text = encodesAtOnce(run.definition) ? encodeAtOnce(run, value) : await encodeOutcome(run, value);
    const place = placed(run, text);
    outcome = place instanceof Promise ? await place : place;
    // Before the end is recorded, which gives back what the run holds.
    if (frame.cacheLease !== null) await endCaching(run, frame, text);
  } catch (error) {
    if (frame.cacheLease !== null) await endCaching(run, frame, null);
    return await concludeError(run, { error });
  }
  const record = recordOf(run);
  const cacheKey = run.cacheHit;
  const state = cacheKey === null ? completed(run.engine.clock.now()) : cached(run.engine.clock.now(), cacheKey);
  const execution = executionOf(run);
  execution.proposeTask(record, { state, by: 'engine' }, outcome);
  await execution.committed();
  const effect = takeEffect(run, call, value);
  if (effect !== undefined) await effect;
  const { onCompletion } = run.definition.hooks;
  if (onCompletion.length > 0) await callHooks(run, onCompletion, { settlement: 'completed', value });
  run.settle('completed', value);
  return true;
}

interface CompletedBody {
  readonly call: TaskCall;
  readonly value: unknown;
}

interface Failure {
  readonly error: unknown;
  /** The state's name; default Failed. */
  readonly name?: string;
}

async function concludeError(run: Run, failure: Failure): Promise<boolean> {
  const { error, name = StateName.Failed } = failure;
  if (lostToFullDisk(run, error)) return true;
  const record = recordOf(run);
  const execution = executionOf(run);
  const retriable = await isRetriable(run, error);
  const hasCrashed = error instanceof RunCrashed && error.details.runId === run.id;
  const at = run.engine.clock.now();
  const message = messageOf(error);
  const state = hasCrashed
    ? crashed(at, message, retriable ? null : { retriable })
    : failed(at, { message, retriable, name });
  const outcome = await placed(run, encodeError(error));
  const verdict = execution.proposeTask(record, { state, by: 'engine', policy: policyOf(run) }, outcome);
  if (verdict.status === 'REJECT' && record.state.type === StateType.Scheduled) {
    run.resetSignal();
    run.timedOut = false;
    return false;
  }
  await execution.committed();
  const { onFailure, onCrashed } = run.definition.hooks;
  const hooks = hasCrashed ? onCrashed : onFailure;
  if (hooks.length > 0) await callHooks(run, hooks, { settlement: 'failed', value: error });
  run.settle('failed', rememberRun(error, run));
  return true;
}

function policyOf(run: Run): RetryPolicy {
  const { retries, retryDelaysMs, retryJitter } = run.definition as TaskDefinition;
  return { retries, retryDelaysMs, retryJitter };
}

async function isRetriable(run: Run, error: unknown): Promise<boolean> {
  const definition = run.definition as TaskDefinition;
  if (noRetryHelps(error)) return false;
  if (definition.retries === 0 || definition.retryWhen === null) return true;
  try {
    const { retryWhen } = definition;
    return Boolean(
      await withinGrace(
        run,
        settledInTime(run.engine, `retryWhen of task '${definition.name}'`, () =>
          callBeside(run, () => retryWhen(error, viewOf(run))),
        ),
      ),
    );
  } catch {
    return false;
  }
}

/** Records the cancellation and settles: also for a run whose body never began. */
export async function finishCancelled(run: Run): Promise<void> {
  if (run.isDropped) return;
  const reason = run.cancelRequest?.reason ?? 'cancelled';
  const error = new RunCancelled({ runId: run.id, runName: run.name, reason });
  if (run.record !== null) {
    const execution = executionOf(run);
    execution.proposeTask(
      recordOf(run),
      { state: cancelled(run.engine.clock.now(), reason), by: 'engine' },
      encodeError(error),
    );
    await execution.committed();
  } else showCancelled(run, reason);
  const { onCancellation } = run.definition.hooks;
  if (onCancellation.length > 0) await callHooks(run, onCancellation, { settlement: 'failed', value: error });
  run.settle('failed', rememberRun(error, run));
}

export function recordOf(run: Run): TaskRunRecord {
  if (run.record === null || run.record.kind === 'flow')
    throw new ConfigurationError(`Task run '${run.name}' has no record.`);
  return run.record;
}

function executionOf(run: Run): NonNullable<Run['execution']> {
  if (run.execution === null) throw new ConfigurationError(`Task run '${run.name}' has no execution.`);
  return run.execution;
}
