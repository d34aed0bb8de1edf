/**
 * Ends the NotReady calls of a task's attempt with this attempt, because the next one makes its calls anew and no run would ever end the
 * old ones. (A flow's next attempt finds its NotReady calls again: see task-call.ts.)
 */
import type { Run } from '../runs/model.ts';
import { isNotReady, type TaskRunRecord, cancelled } from '@millrace/kernel';

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
