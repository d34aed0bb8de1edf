/**
 * Calls whose inputs never came, when their caller is tried again: each call has one row (law 3). A flow's next attempt finds the NotReady
 * calls of the one before again (see task-call.ts). A task's next attempt makes its calls anew, so those of the attempt end with it.
 */
import type { Run, TaskRun } from '../runs/model.ts';
import { attemptsOf, hasRetriesLeft, isNotReady, type TaskRunRecord, cancelled } from '@millrace/kernel';
import { type TaskCall, unreadyCall } from './task-call.ts';

const left = new WeakMap<Run, TaskRunRecord[]>();

export function rememberUnready(caller: Run, record: TaskRunRecord): void {
  const records = left.get(caller);
  if (records === undefined) left.set(caller, [record]);
  else records.push(record);
}

/** The attempt has failed, and its task is tried again. */
export function endUnready(run: Run): void {
  const records = left.get(run) ?? [];
  left.delete(run);
  for (const record of records) {
    if (!isNotReady(record.state)) continue;
    const state = cancelled(run.engine.clock.now(), `'${run.name}' is tried again.`);
    run.execution?.proposeTask(record, { state, by: 'engine' });
  }
}

/**
 * The call of a run that is cancelled while it waits for its inputs; undefined where its flow is tried again, because the next attempt
 * makes the call again under its own key and a row under this one would stand beside it.
 */
export function unreadyCallOf(run: TaskRun): TaskCall | undefined {
  return isFlowTriedAgain(run) ? undefined : unreadyCall(run, []);
}

function isFlowTriedAgain({ caller }: TaskRun): boolean {
  const flow = caller?.run;
  if (flow?.kind !== 'flow' || flow.record === null || flow.cancelRequest !== null) return false;
  return hasRetriesLeft(flow.record.policy, attemptsOf(flow.record));
}
