/**
 * The attempts at a flow: enters RUNNING, runs the body in a scope of its own, proposes how it ended, and goes on while the
 * rules grant a retry. Another process may have changed the run meanwhile (a cancellation): the verdict says so.
 */
import type { FlowFrame, Frame, Place, Run } from '../runs/model.ts';
import {
  type FlowRunRecord,
  isTerminal,
  moveFor,
  RunCancelled,
  RunTimedOut,
  StateName,
  StateType,
  WaitCycleError,
  cancelled,
  completed,
  failed,
  running,
} from '@millrace/kernel';
import { LogLevel, writeLine } from '../context/logger.ts';
import type { FlowDefinition } from '../definitions/definition.ts';
import { acquireFlowSlot } from '../limits/flow-slot.ts';
import type { Execution } from '@millrace/kernel';
import { Places } from '../runs/semaphore.ts';
import { PlacePool, WINDOW_SIZE } from '../runs/run-permit.ts';
import { argumentsFor } from '../context/body-arguments.ts';
import { type Ending, runBody } from './body.ts';
import { BodyCalls } from '../runs/body-calls.ts';
import { droppedText } from './dropped-parameters.ts';
import type { FlowParameters } from './flow-parameters.ts';
import { rememberParameters } from '../context/hook-frame.ts';
import { callHooks } from '../context/hooks.ts';
import { holdBack, mayNotBegin } from '../runs/drain.ts';
import { pauseWithout, untilAborted } from '../runs/interruptible-waits.ts';
import { lostToFullDisk } from '../runs/run-loss.ts';
import { handleInterrupt } from './interrupts.ts';
import { noRetryHelps } from './lasting-errors.ts';
import { endError } from './replay.ts';
import { readRepeated } from './repeated-lines.ts';
import { rememberRun } from '../runs/run-of.ts';
import { ChildScope } from '../runs/scope.ts';
import { tagsOf } from '../context/tags.ts';
import { encodeAtOnce, encodeError, encodeOutcome, encodesAtOnce, messageOf, placed } from '../runs/values.ts';

export interface FlowAttempts {
  readonly parameters: FlowParameters;
  /** What the body's call fails with in its place; null = the parameters are the flow's. */
  readonly refusal: unknown;
  readonly place: Place | null;
  /** Resolves when the place has come; undefined = it has. */
  readonly taken: Promise<void> | undefined;
  /** Taken up, not new. */
  readonly resumed: boolean;
}

/** Runs attempts until the flow has ended, and settles the run. */
export async function attemptFlow(run: Run, attempts: FlowAttempts): Promise<void> {
  const execution = executionOf(run);
  rememberParameters(run, attempts.parameters.byName);
  execution.onInterrupt((interrupt) => handleInterrupt(run, interrupt));
  try {
    // On record, so that a call that waits for a permit is seen, and ends as what it was.
    if (attempts.taken !== undefined) await unlessCancelled(run, untilAborted(run, attempts.taken));
    await attemptUntilEnded(run, attempts, execution);
  } finally {
    // Also when its end could not be recorded: whoever serves the flow takes it up then.
    if (!run.isDropped) execution.release();
  }
}

async function attemptUntilEnded(run: Run, attempts: FlowAttempts, execution: Execution): Promise<void> {
  const definition = run.definition as FlowDefinition;
  const { concurrency } = definition;
  const { place } = attempts;
  let ended = false;
  for (let first = true; !ended; first = false) {
    if (run.cancelRequest !== null) {
      await finishCancelled(run);
      break;
    }
    if (mayNotBegin(run)) await holdBack(run);
    // A retry's delay is waited for first: whoever waits holds no slot.
    const waitMs = untilDueMs(run);
    if (waitMs > 0 && (await unlessCancelled(run, pauseWithout(place, run, waitMs))) === null) continue;
    let slot: { readonly value: { release(): Promise<void> } } | null;
    try {
      slot =
        concurrency === null ? noSlot : await unlessCancelled(run, acquireFlowSlot(run, { limit: concurrency, place }));
    } catch (error) {
      if (!(error instanceof WaitCycleError)) throw error;
      ended = await concludeError(run, { error, name: StateName.Failed }, flowFrame(run, attempts));
      continue;
    }
    if (slot === null) continue;
    try {
      if (run.cancelRequest !== null || mayNotBegin(run) || !(await enterRunning(run, attempts))) continue;
      // A body has effects: a process that dies in its first instant leaves a run that shows it.
      if (first && !attempts.resumed && run.caller === null && !(await isOnRecord(run))) continue;
      run.repeated = first && attempts.resumed ? await readRepeated(run.engine, recordOf(run)) : null;
      if (definition.hooks.onRunning.length > 0) await callHooks(run, definition.hooks.onRunning);
      const frame = flowFrame(run, attempts);
      if (first && !attempts.resumed) tellOfDropped(frame, definition, attempts.parameters);
      const ending = await runBody(run, {
        frame,
        call: () => callFlow(definition, attempts, frame),
        timeoutMs: definition.timeoutMs,
        unobserved: definition.unobserved,
      });
      place?.bodyEnded();
      ended = await conclude(run, ending, frame);
    } finally {
      await slot.value.release();
    }
    if (run.isDropped) return;
    if (!ended) {
      await execution.reread();
      const again = place?.takeWork();
      if (again !== undefined) await unlessCancelled(run, untilAborted(run, again));
    }
  }
}

function flowFrame(run: Run, { parameters, place }: FlowAttempts): Frame {
  const definition = run.definition as FlowDefinition;
  const limit = definition.runner.limit >= WINDOW_SIZE ? null : new Places(definition.runner.limit);
  const flow: FlowFrame = {
    run,
    places: new PlacePool(new Places(WINDOW_SIZE), limit),
    parameters: parameters.byName,
  };
  return {
    runtime: run.runtime,
    run,
    scope: new ChildScope(),
    flow,
    childScope: '',
    calls: new BodyCalls(),
    tags: tagsOf(run),
    logPrints: definition.logPrints ?? run.caller?.logPrints ?? false,
    transaction: run.caller?.transaction ?? null,
    place,
  };
}

function tellOfDropped(frame: Frame, definition: FlowDefinition, { dropped }: FlowParameters): void {
  if (dropped.length === 0) return;
  writeLine(frame, { level: LogLevel.warning, text: droppedText(definition, dropped), print: true });
}

function callFlow(definition: FlowDefinition, { parameters, refusal }: FlowAttempts, frame: Frame): unknown {
  if (refusal !== null) throw refusal;
  const body = definition.body as (...given: readonly unknown[]) => unknown;
  return body(...argumentsFor(definition, parameters.args, frame));
}

/** How long it is until the retry's time. */
function untilDueMs(run: Run): number {
  const { state } = recordOf(run);
  return state.type === StateType.Scheduled ? (state.details?.scheduledAt ?? 0) - run.engine.clock.now() : 0;
}

/** What was waited for; null when the wait ended because the run was cancelled. */
async function unlessCancelled<T>(run: Run, wait: Promise<T>): Promise<{ readonly value: T } | null> {
  try {
    return { value: await wait };
  } catch (error) {
    if (run.cancelRequest === null) throw error;
    return null;
  }
}

/** Waits until the run can be read by others; false when it was cancelled meanwhile. */
async function isOnRecord(run: Run): Promise<boolean> {
  return (await unlessCancelled(run, untilAborted(run, executionOf(run).committed()))) !== null;
}

const noSlot = { value: { release: async () => {} } };

async function enterRunning(run: Run, attempts: FlowAttempts): Promise<boolean> {
  const execution = executionOf(run);
  const record = recordOf(run);
  const move = moveFor(record, 'called-again');
  const at = run.engine.clock.now();
  const verdict = execution.queueFlow({
    // For the process that takes it up if this one dies.
    state: running(at, run.tree.trustsOrder ? { details: { trustOrder: true } } : undefined),
    by: 'engine',
    ...(move === undefined ? {} : { move }),
  });
  if (verdict.status === 'ACCEPT') return true;
  if (verdict.status === 'WAIT') {
    await unlessCancelled(run, pauseWithout(attempts.place, run, verdict.delayMs));
    return false;
  }
  if (record.state.type === StateType.Cancelling) {
    run.cancelRequest ??= { reason: record.state.message ?? 'cancelled' };
    return false;
  }
  throw endError(record);
}

async function conclude(run: Run, ending: Ending, frame: Frame): Promise<boolean> {
  switch (ending.kind) {
    case 'value':
      return await concludeValue(run, ending.value, frame);
    case 'error':
    case 'refused':
      return await concludeError(run, { error: ending.error, name: StateName.Failed }, frame);
    case 'timed-out': {
      const error = new RunTimedOut({ runId: run.id, runName: run.name, timeoutMs: run.definition.timeoutMs ?? 0 });
      return await concludeError(run, { error, name: StateName.TimedOut }, frame);
    }
    case 'cancelled':
      await finishCancelled(run);
      return true;
    case 'lost':
      run.settle('failed', rememberRun(ending.cause, run));
      return true;
    case 'parked':
      return true;
  }
}

async function concludeValue(run: Run, value: unknown, frame: Frame): Promise<boolean> {
  let outcome: string | null;
  try {
    outcome = await placed(
      run,
      encodesAtOnce(run.definition) ? encodeAtOnce(run, value) : await encodeOutcome(run, value),
    );
  } catch (error) {
    return await concludeError(run, { error, name: StateName.Failed }, frame);
  }
  const verdict = await executionOf(run).proposeFlow(
    { state: completed(run.engine.clock.now()), by: 'engine' },
    outcome,
  );
  if (verdict.status !== 'ACCEPT') return await concludeOverruled(run);
  run.caller?.transaction?.joined(run, null);
  await callHooks(run, run.definition.hooks.onCompletion, { settlement: 'completed', value });
  run.settle('completed', value);
  return true;
}

interface Failure {
  readonly error: unknown;
  readonly name: string;
}

async function concludeError(run: Run, failure: Failure, frame: Frame): Promise<boolean> {
  const { error, name } = failure;
  if (lostToFullDisk(run, error)) return true;
  const parentAttempt = run.caller?.flow?.run.record?.runCount;
  const state = failed(run.engine.clock.now(), {
    message: messageOf(error),
    retriable: !noRetryHelps(error),
    name,
    ...(parentAttempt === undefined ? {} : { details: { parentAttempt } }),
  });
  const verdict = await executionOf(run).proposeFlow({ state, by: 'engine' }, await placed(run, encodeError(error)));
  const record = recordOf(run);
  if (verdict.status === 'REJECT' && record.state.type === StateType.Scheduled) {
    writeLine(frame, {
      level: LogLevel.warning,
      text: `${messageOf(error)} - retry ${record.runCount} of ${run.definition.retries}`,
      print: true,
    });
    run.resetSignal();
    run.timedOut = false;
    return false;
  }
  if (verdict.status !== 'ACCEPT') return await concludeOverruled(run);
  await callHooks(run, run.definition.hooks.onFailure, { settlement: 'failed', value: error });
  run.settle('failed', rememberRun(error, run));
  return true;
}

/** Somebody else decided: a cancellation is carried out, an end of theirs is taken as the run's. */
async function concludeOverruled(run: Run): Promise<boolean> {
  const record = recordOf(run);
  if (record.state.type === StateType.Cancelling) {
    run.cancelRequest ??= { reason: record.state.message ?? 'cancelled' };
    await finishCancelled(run);
    return true;
  }
  if (!isTerminal(record.state)) return false;
  run.settle('failed', rememberRun(endError(record), run));
  return true;
}

async function finishCancelled(run: Run): Promise<void> {
  const reason = run.cancelRequest?.reason ?? 'cancelled';
  const error = new RunCancelled({ runId: run.id, runName: run.name, reason });
  const verdict = await executionOf(run).proposeFlow(
    { state: cancelled(run.engine.clock.now(), reason), by: 'engine' },
    encodeError(error),
  );
  const ended = { settlement: 'failed', value: error } as const;
  if (verdict.status === 'ACCEPT') await callHooks(run, run.definition.hooks.onCancellation, ended);
  run.settle('failed', rememberRun(error, run));
}

function recordOf(run: Run): FlowRunRecord {
  if (run.record === null || !('flowName' in run.record)) throw new Error(`Flow run '${run.name}' has no record.`);
  return run.record;
}

function executionOf(run: Run): Execution {
  if (run.execution === null) throw new Error(`Flow run '${run.name}' has no execution.`);
  return run.execution;
}
