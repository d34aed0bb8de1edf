/**
 * Replays a recorded call when its body is called again (law 3).
 *
 * A completed call gives its recorded value. A call that failed in this attempt of the flow, by its own error or with its worker, gives its
 * recorded error. A call that failed in an earlier attempt of the flow, or whose process died, runs again in the same row.
 */
import type { Run } from '../runs/model.ts';
import {
  type FlowRunRecord,
  isTerminal,
  RunCancelled,
  RunCrashed,
  RunFailed,
  StateName,
  StateType,
  type TaskRunRecord,
} from '@millrace/kernel';
import { takeEffectFound } from '../transactions/effects.ts';
import { rememberReplayed } from '../runs/run-loss.ts';
import { rememberRun } from '../runs/run-of.ts';
import type { TaskCall } from './task-call.ts';
import { decodeError, decodeOutcome } from '../runs/values.ts';

/** Settles the run from its record, if that says how it ended. */
export async function replayTask(run: Run, call: TaskCall): Promise<boolean> {
  const { recorded } = call;
  if (recorded === undefined || !isTerminal(recorded.state)) return false;
  run.identify(recorded.id);
  if (recorded.state.name === StateName.RolledBack) return false;
  if (recorded.state.type === StateType.Completed) return await replayValue(run, recorded, call);
  if (recorded.flowRunCount !== run.caller?.flow?.run.record?.runCount || !hasFailed(recorded)) return false;
  await replayError(run, recorded);
  return true;
}

/** With an error of its own: a run that crashed with its process has none, and is taken up. */
function hasFailed({ state, outcome }: TaskRunRecord): boolean {
  return state.type === StateType.Failed || (state.type === StateType.Crashed && outcome !== null);
}

/** False when the value was not persisted: it is computed again. */
export async function replayValue(
  run: Run,
  recorded: TaskRunRecord | FlowRunRecord,
  call: TaskCall | null,
): Promise<boolean> {
  const text = await run.execution?.outcome(recorded);
  if (text === null || text === undefined) return false;
  const value = await decodeOutcome(run.engine, run.definition, text);
  run.attach(recorded);
  await takeEffectFound(run, call);
  run.settle('completed', value);
  return true;
}

export async function replayError(run: Run, recorded: TaskRunRecord | FlowRunRecord): Promise<void> {
  const text = (await run.execution?.outcome(recorded)) ?? null;
  run.attach(recorded);
  run.settle('failed', rememberRun(rememberReplayed(decodeError(text, () => endError(recorded))), run));
}

/** The error of a run that ended without one that could be read. */
export function endError(record: TaskRunRecord | FlowRunRecord): Error {
  const about = { runId: record.id, runName: record.name };
  const message = record.state.message ?? `Run '${record.name}' is ${record.state.name}.`;
  if (record.state.type === StateType.Cancelled) return new RunCancelled({ ...about, reason: message });
  if (record.state.type === StateType.Crashed) return new RunCrashed({ ...about, message });
  return new RunFailed({ ...about, message });
}

/** When the flow run's present attempt startedAt (epoch ms): a child that ended before it belongs to an earlier one. */
export function attemptStartedAt(record: FlowRunRecord): number {
  let startedAt = record.createdAt;
  let previous: StateType | null = null;
  for (const { type, at } of [...record.history, record.state]) {
    if (type === StateType.Running && previous !== StateType.Running && previous !== StateType.Paused) startedAt = at;
    previous = type;
  }
  return startedAt;
}
