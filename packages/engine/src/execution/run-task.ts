/**
 * The steps of a task run in their order: call, inputs, key, replay, permit, record, attempts, settlement. Each step is a file of its own.
 */
import type { RunPermit, TaskRun } from '../runs/model.ts';
import type { StartOptions } from '../runs/runtime.ts';
import { UpstreamError, notReady } from '@millrace/kernel';
import { resolveInputs, waitForUpstreams, futuresIn } from '../futures/resolve-inputs.ts';
import { runAttempts } from './attempts.ts';
import { settleWithout } from './endings.ts';
import { TaskAttempts } from './task-attempts.ts';
import { untilAborted } from '../runs/interruptible-waits.ts';
import { locateSeen } from '../runs/call-position.ts';
import { beginTask, identifyCall, inUnreadyRow, type TaskCall, unreadyCall } from './task-call.ts';
import { replayTask } from './replay.ts';
import { holdBack, mayNotStart } from '../runs/drain.ts';
import { rememberRun } from '../runs/run-of.ts';
import { upstreamOf } from '../runs/upstream-error.ts';
import { rememberUnready, unreadyCallOf } from './unready-calls.ts';
import { identifySoon, isReady } from './waiting-calls.ts';

/**
 * A body is called within the call of its task, so tasks within tasks lie on one stack: after so many levels a new one is
 * begun, or a thousand of them would overflow it.
 */
const LEVELS_A_STACK = 64;

export interface TaskStart extends StartOptions {
  /** Taken already; absent = it takes one itself, if its flow has them. */
  readonly permit?: RunPermit | undefined;
  /** Named already, before its turn. */
  readonly call?: TaskCall | undefined;
}

/** Runs the task to its settlement. Never rejects: whatever happens, the run settles. */
export async function runTask(run: TaskRun, options: TaskStart): Promise<void> {
  const attempts = new TaskAttempts(run);
  try {
    await settleTask(attempts, options);
  } catch (error) {
    await settleWithout(attempts, error);
  } finally {
    options.permit?.settled();
  }
}

async function settleTask(attempts: TaskAttempts, options: TaskStart): Promise<void> {
  const { run } = attempts;
  const { engine, caller } = run;
  if (engine.halted) return;
  if (!engine.isOpen) await engine.ledger();
  if (mayNotStart(run)) await holdBack(run);
  run.joinExecution(caller === null ? engine.opened.beginStandalone() : caller.run.execution);
  const named = options.call ?? (isReady(run, options) ? identifySoon(run, options) : prepare(run, options));
  // Not awaited where it is known: calls are named in their order.
  const call = named instanceof Promise ? await named : named;
  if (call === undefined) return;
  if (call.recorded !== undefined && (await replayTask(run, call))) return;
  const permit = options.permit ?? caller?.flow?.permits.permit() ?? null;
  try {
    const taken = options.permit === undefined ? permit?.take() : undefined;
    if (run.record === null && (run.cancelRequest === null || call.recorded !== undefined)) beginTask(run, call);
    // On record, so that a call that waits for a permit is seen, and ends as what it was.
    if (taken !== undefined) await untilAborted(run, taken);
    if (run.depth % LEVELS_A_STACK === LEVELS_A_STACK - 1) await Promise.resolve();
    attempts.call = call;
    attempts.permit = permit;
    await runAttempts(attempts);
  } finally {
    if (options.permit === undefined) permit?.settled();
  }
}

/** Resolves the inputs and names the call; undefined when an upstream failed and the run was left NotReady. */
async function prepare(run: TaskRun, options: TaskStart): Promise<TaskCall | undefined> {
  const { waitFor = [], recordKind: kind = 'task', permit = null } = options;
  const isRefused = run.cancelRequest !== null;
  const { definition } = run;
  const waiter = { engine: run.engine, run, permit };
  await locateSeen(run);
  try {
    const resolved = await untilAborted(run, resolveInputs(run.args ?? [], definition.parameterNames, waiter));
    const upstreams = new Map(await futuresIn(waitFor));
    await untilAborted(run, waitForUpstreams(upstreams, waiter));
    const edges = [...upstreams.keys()].map((upstream) => ({ name: 'waitFor', runId: upstream.id }));
    const call = identifyCall(run, { args: resolved.args, inputs: [...resolved.inputs, ...edges], kind });
    return inUnreadyRow(run, call);
  } catch (error) {
    // Cancelled while it waited for its inputs.
    const call = run.cancelRequest !== null && !isRefused ? unreadyCallOf(run) : undefined;
    if (call !== undefined) beginTask(run, call);
    if (!(error instanceof UpstreamError)) throw error;
    await leaveNotReady(run, error);
    return undefined;
  }
}

async function leaveNotReady(run: TaskRun, error: UpstreamError): Promise<void> {
  const upstream = upstreamOf(error);
  const call = unreadyCall(run, [{ name: 'upstream', runId: upstream.id }]);
  const record = beginTask(run, call);
  run.execution?.proposeTask(record, { state: notReady(run.engine.clock.now(), upstream), by: 'engine' });
  if (run.caller?.run.kind === 'task') rememberUnready(run.caller.run, record);
  await run.execution?.committed();
  run.settle('failed', rememberRun(error, run));
}
