/**
 * Ends runs that were cancelled before they started: each is recorded as Cancelled, in the order of the calls and in bursts, because a
 * cancelled map of a million calls must not become a million records at once.
 */
import { isTerminal, RunCancelled, cancelled } from '@millrace/kernel';
import type { Execution } from '@millrace/kernel';
import type { Run, TaskRun } from '../runs/model.ts';
import { callHooks } from '../context/hooks.ts';
import { leaveFlowCancelled } from './resolve-flow-run.ts';
import { rememberRun } from '../runs/run-of.ts';
import { beginTask } from './task-call.ts';
import { unreadyCallOf } from './unready-calls.ts';
import { encodeError } from '../runs/values.ts';
import { BURST, identifyReady, isReady, namedCall } from './waiting-calls.ts';

interface Cancelled {
  readonly run: Run;
  readonly reason: string;
  readonly error: RunCancelled;
}

/** Those that are not recorded yet, by the execution that records them. */
const waiting = new WeakMap<Execution, Cancelled[]>();

export function showCancelled(run: Run, reason: string): void {
  run.showState(cancelled(run.engine.clock.now(), reason));
}

/** Settles a run whose turn had not come, once it is recorded and its hooks were called. */
export function settleCancelled(run: Run, reason: string): Promise<void> {
  if (run.isEvicted) return Promise.resolve();
  const execution = run.caller?.run.execution ?? null;
  if (execution === null) return settleRefused(run, reason);
  const cancelled: Cancelled = { run, reason, error: errorOf(run, reason) };
  const others = waiting.get(execution);
  if (others !== undefined) others.push(cancelled);
  else {
    const all = [cancelled];
    waiting.set(execution, all);
    void recordAll(execution, all);
  }
  return run.settled();
}

/** Settles a call that was made after its caller was cancelled: it is refused, and no run. */
export async function settleRefused(run: Run, reason: string): Promise<void> {
  if (run.isEvicted) return;
  showCancelled(run, reason);
  await end({ run, reason, error: errorOf(run, reason) });
}

function errorOf(run: Run, reason: string): RunCancelled {
  return new RunCancelled({ runId: run.id, runName: run.name, reason });
}

async function recordAll(execution: Execution, all: readonly Cancelled[]): Promise<void> {
  // Those that are cancelled with it come in the same turn.
  await Promise.resolve();
  for (let start = 0; start < all.length; start += BURST) {
    const burst = all.slice(start, start + BURST);
    await Promise.all(burst.map((cancelled) => record(execution, cancelled)));
    // A refused write fails the runs that made it; these have ended.
    await execution.committed().catch(() => {});
    for (const cancelled of burst) void end(cancelled);
  }
  waiting.delete(execution);
}

/** Never rejects: what can't be recorded, such as below a run that was lost, is only shown. */
function record(execution: Execution, { run, reason, error }: Cancelled): Promise<void> | undefined {
  if (run.engine.halted || run.lostBy !== null || run.settlement !== 'pending') return undefined;
  if (run.kind === 'flow')
    return leaveFlowCancelled(run, { reason, outcome: encodeError(error) }).catch(() => showCancelled(run, reason));
  try {
    recordTask(execution, run, { reason, outcome: encodeError(error) });
  } catch {
    showCancelled(run, reason);
  }
  return undefined;
}

function recordTask(
  execution: Execution,
  run: TaskRun,
  { reason, outcome }: { readonly reason: string; readonly outcome: string },
): void {
  run.joinExecution(execution);
  if (run.record === null) {
    const call = namedCall(run) ?? (isReady(run, noOptions) ? identifyReady(run, noOptions) : unreadyCallOf(run));
    // An earlier execution recorded how it ended: that stays.
    if (call !== undefined && (call.recorded === undefined || !isTerminal(call.recorded.state))) beginTask(run, call);
  }
  const { record } = run;
  const state = cancelled(run.engine.clock.now(), reason);
  if (record === null) run.showState(state);
  else execution.proposeTask(record, { state, by: 'engine' }, outcome);
}

const noOptions = {};

async function end({ run, error }: Cancelled): Promise<void> {
  const { onCancellation } = run.definition.hooks;
  if (onCancellation.length > 0) await callHooks(run, onCancellation, { settlement: 'failed', value: error });
  run.settle('failed', rememberRun(error, run));
}
