/**
 * The mark that a completed task is committed, by its transaction or alone.
 *
 * The mark is recorded with the task after its commit hooks have run. If the process dies in between, the hooks are called again when
 * the flow is taken up; with the mark, no later execution commits or undoes the task a second time.
 */
import { type Execution, StateName, type TaskRunRecord } from '@millrace/kernel';
import type { Run } from '../runs/model.ts';

/** The record of the task, if it has something to commit. */
export function openRecord(run: Run): TaskRunRecord | undefined {
  if (run.kind !== 'task' || run.record === null) return undefined;
  return run.cacheHit === null && isOpen(run.record) ? run.record : undefined;
}

/** Waits of the engine, values from a cache and tasks that were undone have nothing to commit. */
export function isOpen({ kind, state }: TaskRunRecord): boolean {
  if (kind !== 'task' && kind !== 'step') return false;
  return state.name !== StateName.Cached && state.name !== StateName.RolledBack && state.details?.committed !== true;
}

/** Queues the mark. Outside any flow it would never be read. */
export function markCommitted(record: TaskRunRecord, execution: Execution): void {
  if (execution.flowRun === null) return;
  // The state object stays the same: a record that was read without its outcome keeps the stored one as long as its state is unchanged.
  Object.assign(record.state, { details: { ...record.state.details, committed: true } });
  execution.touch(record);
}
