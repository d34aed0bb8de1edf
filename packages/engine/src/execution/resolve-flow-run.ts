/**
 * Resolves the flow run of a call: a new one, the one of its idempotency key, the one that its parent recorded, or an existing one that is
 * taken up. If that run has ended, or another process owns it, the call returns its outcome and runs nothing.
 */
import type { FlowRun, Frame, Run, Runtime } from '../runs/model.ts';
import type { StartOptions } from '../runs/runtime.ts';
import {
  ConfigurationError,
  type FlowRunRecord,
  MissingResult,
  moveFor,
  RunCancelled,
  RunNotFound,
  type State,
  StateName,
  StateType,
  type UpstreamError,
  cancelled,
  notReady,
} from '@millrace/kernel';
import type { FlowDefinition } from '../definitions/definition.ts';
import { claimUse } from '../runs/name-claims.ts';
import type { Claim, Execution, FlowRunInit } from '@millrace/kernel';
import { hasFutures } from '../futures/resolve-inputs.ts';
import { type FlowParameters, parametersOf } from './flow-parameters.ts';
import { warnOfOtherParameters } from './other-parameters.ts';
import { pauseFor, pauseUntil, untilAborted } from '../runs/interruptible-waits.ts';
import { keyCall } from './call-key.ts';
import { attemptStartedAt, endError, replayError, replayValue } from './replay.ts';
import { upstreamOf } from '../runs/upstream-error.ts';
import { endRepetition } from './repeated-lines.ts';
import { rememberRun } from '../runs/run-of.ts';
import { flowRunName } from '../context/run-name.ts';
import { tagsOf } from '../context/tags.ts';
import { callEndHooks } from './orphan-hooks.ts';
import { decodeError, decodeOutcome } from '../runs/values.ts';

/** How often a run in another process's hands is looked at. */
const HELD_POLL_MS = 200;

/** The execution to run, with the move that lets it start; undefined when the run has been settled already. */
export interface ResolvedFlowRun {
  readonly execution: Execution;
  readonly resumed: boolean;
}

export async function resolveFlowRun(
  run: FlowRun,
  parameters: FlowParameters | null,
  options: StartOptions,
): Promise<ResolvedFlowRun | undefined> {
  const ledger = run.engine.opened;
  if (options.flowRunId !== undefined)
    return await settleClaim(run, () => ledger.claimById(options.flowRunId ?? '', options.move));
  if (parameters === null) throw new Error('A new flow run needs parameters.');
  const { caller } = run;
  const { definition } = run;
  if (caller === null) {
    const init = flowRunInit(run, parameters, null);
    const { idempotencyKey } = definition;
    if (idempotencyKey === null) return { execution: ledger.beginFlowRun(init), resumed: false };
    claimUse(run.engine, definition, {
      use: 'an idempotency key belongs to the name of its flow',
      slot: idempotencyKey,
    });
    let isNew = true;
    return await settleClaim(run, async () => {
      const claim = await ledger.claimByKey({ ...init, idempotencyKey });
      const recordedRun = claim.status === 'claimed' ? claim.execution.flowRun : claim.run;
      if (isNew && recordedRun !== null) await warnOfOtherParameters(run, recordedRun, parameters);
      isNew = false;
      return claim;
    });
  }
  if (definition.idempotencyKey !== null) throw keyOfChild(definition);
  const { key, recorded } = keyedFlow(caller, run, parameters.args);
  keyed.add(run);
  if (recorded === undefined) endRepetition(caller.run);
  if (recorded === undefined)
    return { execution: ledger.beginFlowRun(flowRunInit(run, parameters, key)), resumed: false };
  run.identify(recorded.id);
  if (await replayed(run, recorded)) return undefined;
  try {
    return await settleClaim(run, () => ledger.claimById(recorded.id, moveFor(recorded, 'called-again')));
  } catch (error) {
    caller.run.execution?.recorded.notTaken(key);
    throw error;
  }
}

interface KeyedFlow {
  readonly key: string;
  readonly recorded: FlowRunRecord | undefined;
}

function keyedFlow(caller: Frame, run: FlowRun, args: readonly unknown[] | null): KeyedFlow {
  const { key, recorded } = keyCall(
    caller,
    run,
    args === null ? { kind: 'flow', args: [], unready: 'not-ready' } : { kind: 'flow', args },
  );
  return { key, recorded: recorded !== undefined && recorded.kind === 'flow' ? recorded : undefined };
}

/** Records a call whose upstream failed: a run that is PENDING for good and never begins. */
export async function leaveFlowNotReady(run: FlowRun, error: UpstreamError): Promise<void> {
  const state = notReady(run.engine.clock.now(), upstreamOf(error));
  await leave(run, { parameters: null, state, outcome: null });
  run.settle('failed', rememberRun(error, run));
}

/** Records a call that was cancelled before its turn came. */
export async function leaveFlowCancelled(
  run: FlowRun,
  { reason, outcome }: { readonly reason: string; readonly outcome: string },
): Promise<void> {
  const args = run.args ?? [];
  // Arguments that the schema refuses leave no parameters; no caller awaits that error.
  const parameters = hasFutures(args) ? null : await parametersOf(run.definition, args, false).catch(() => null);
  await leave(run, { parameters, state: cancelled(run.engine.clock.now(), reason), outcome });
}

/** Calls whose occurrence among equals is counted. */
const keyed = new WeakSet<Run>();

interface Left {
  readonly parameters: FlowParameters | null;
  readonly state: State;
  readonly outcome: string | null;
}

/** Records a run that never begins: found again where it was recorded before. */
async function leave(run: FlowRun, { parameters, state, outcome }: Left): Promise<void> {
  const { caller, engine } = run;
  // Cancelled while it was asked for: it has its row.
  if (keyed.has(run)) return run.showState(state);
  const named = caller === null ? null : keyedFlow(caller, run, parameters?.args ?? null);
  const key = named?.key ?? null;
  const recorded = named?.recorded;
  if (recorded !== undefined && key !== null) {
    run.identify(recorded.id);
    run.showState(state.type === StateType.Pending ? recorded.state : state);
    // No process runs it, so it ends with its parent.
    if (state.type !== StateType.Pending) caller?.run.execution?.recorded.notTaken(key);
    return;
  }
  // Without its idempotency key: it stands for a run that may begin later, and is not that run.
  const execution = engine.opened.beginFlowRun({ ...flowRunInit(run, parameters, key), idempotencyKey: null });
  if (execution.flowRun !== null) run.attach(execution.flowRun);
  await execution.proposeFlow({ state, by: 'engine' }, outcome);
  execution.release();
}

function keyOfChild({ name, idempotencyKey }: FlowDefinition): ConfigurationError {
  const message =
    `Flow '${name}' was called inside of a run with the idempotencyKey '${idempotencyKey}': a call inside of a run is ` +
    'recorded once anyway. Leave the key out, or start the run from outside.';
  return new ConfigurationError(message, { flowName: name, idempotencyKey });
}

async function replayed(run: FlowRun, recorded: FlowRunRecord): Promise<boolean> {
  const { caller } = run;
  run.joinExecution(caller?.run.execution ?? null);
  if (recorded.state.name === StateName.RolledBack) return false;
  if (recorded.state.type === StateType.Completed) return await replayValue(run, recorded, null);
  const parent = caller?.flow?.run.record;
  if (recorded.state.type !== StateType.Failed || parent === null || parent === undefined) return false;
  if (!failedInAttempt(recorded, parent)) return false;
  await replayError(run, recorded);
  return true;
}

/** By number: an attempt may begin in the millisecond in which the one before it ended. */
function failedInAttempt({ state, endAt }: FlowRunRecord, parent: FlowRunRecord): boolean {
  const attempt = state.details?.parentAttempt;
  // One that others ended, such as a sweep, does not say.
  return attempt === undefined ? (endAt ?? 0) >= attemptStartedAt(parent) : attempt === parent.runCount;
}

async function settleClaim(run: FlowRun, ask: () => Promise<Claim>): Promise<ResolvedFlowRun | undefined> {
  for (;;) {
    const claim = await ask();
    run.markJoined(claim.status === 'held' || claim.status === 'parked');
    if (claim.status === 'claimed') return { execution: claim.execution, resumed: true };
    run.identify(claim.run.id);
    run.showState(claim.run.state);
    if (claim.status === 'held' && run.engine.isServed(run)) {
      leaveToOwner(run);
      return undefined;
    }
    run.markIdentified();
    if (claim.status === 'ended') {
      if (claim.endedHere === true) await callEndHooks(run, claim.run);
      await settleFromRecord(run, claim.run);
      return undefined;
    }
    if (claim.status === 'parked') await run.engine.waitRemotely(run, untilAborted(run, wokenLater(run, claim.run)));
    else {
      const here = atWorkHere(run);
      if (here !== undefined)
        await pauseUntil(run, { delayMs: HELD_POLL_MS, woken: here.settled(), why: 'the run of its idempotency key' });
      else await run.engine.waitRemotely(run, pauseFor(run, HELD_POLL_MS));
    }
  }
}

/** A serving process wanted to take it up, and another was faster: that one runs it, and none of this process's code waits for it. */
function leaveToOwner(run: FlowRun): void {
  const reason = 'another process took it up';
  if (run.isIdentified) run.settle('failed', new RunCancelled({ runId: run.id, runName: run.name, reason }));
  else run.settle('completed', undefined);
}

/** The same run, started here before under its key: its body is at work, or about to be. */
function atWorkHere(run: FlowRun): Run | undefined {
  return [...run.engine.roots].find((other) => other !== run && other.id === run.id && !other.hasNoBody);
}

/** An evicted run is not polled for: the run poller calls back when it is due, signalled or resumed. */
function wokenLater(run: FlowRun, record: FlowRunRecord): Promise<void> {
  return new Promise((resolve) => run.engine.wakeLater(record.id, record.wakeAt, resolve));
}

/** Gives the outcome of a run that ended elsewhere. */
export async function settleFromRecord(run: FlowRun, record: FlowRunRecord): Promise<void> {
  const text = await run.runtime.opened.runs.outcome(record);
  run.showState(record.state);
  if (record.state.type === StateType.Completed) {
    if (text === null)
      run.settle('failed', rememberRun(new MissingResult({ runId: record.id, runName: record.name }), run));
    else run.settle('completed', await decodeOutcome(run.runtime, run.definition, text));
    return;
  }
  run.settle(
    'failed',
    rememberRun(
      decodeError(text, () => endError(record)),
      run,
    ),
  );
}

/** The initial record of a flow run. */
export function flowRunInit(run: FlowRun, parameters: FlowParameters | null, replayKey: string | null): FlowRunInit {
  const { caller } = run;
  const { definition } = run;
  const parent = caller?.flow?.run ?? null;
  const parentRecord = parent?.record ?? null;
  return {
    id: run.id,
    name: flowRunName(run, parameters?.byName ?? null),
    flowName: definition.name,
    flowVersion: definition.version,
    parentFlowRunId: parent?.id ?? null,
    parentToken: parent?.execution?.flowRun?.token ?? null,
    parentTaskRunId: caller !== null && caller.run.kind === 'task' ? caller.run.id : null,
    rootFlowRunId: parentRecord?.rootFlowRunId ?? null,
    replayKey,
    idempotencyKey: definition.idempotencyKey,
    parameters: parameters?.text ?? '{}',
    tags: tagsOf(run),
    policy: {
      retries: definition.retries,
      retryDelaysMs: definition.retryDelaysMs,
      retryJitter: null,
      crashRetries: definition.crashRetries,
    },
  };
}

/** @throws RunNotFound naming the id. */
export async function requireFlowRun(runtime: Runtime, id: string): Promise<FlowRunRecord> {
  const ledger = await runtime.ledger();
  const record = await ledger.runs.flowRun(id);
  if (record !== undefined) return record;
  const taskRun = await ledger.runs.taskRun(id);
  if (taskRun === undefined) throw new RunNotFound({ runId: id });
  const wayOut =
    taskRun.flowRunId === null
      ? 'It belongs to no flow run: call its task again'
      : `Give its flow run's: ${taskRun.flowRunId}`;
  throw new ConfigurationError(`'${taskRun.name}' is a task run, and a flow run's id is needed. ${wayOut}.`, {
    runId: id,
  });
}
