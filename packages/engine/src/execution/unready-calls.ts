/**
 * Calls that an attempt at a task left NotReady. The next attempt makes its calls afresh, so these end with the attempt: below a
 * task that completes later nothing waits for ever. (A flow's next attempt finds them again: see task-call.ts.)
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
