/**
 * What of a completed task is still open: whether its transaction, or the one that a task alone is, has committed it.
 *
 * The mark is recorded with the task, after its commit hooks have run: so a process that dies in between calls them again
 * when the flow is taken up, and nobody who finds the task done commits or undoes it a second time.
 */
import { type Execution, StateName, type TaskRunRecord } from '@millrace/kernel';
import type { Run } from '../runs/model.ts';

/** The task's record, if there is something to commit. */
export function openRecord({ definition, record, cacheHit }: Run): TaskRunRecord | undefined {
  if (definition.kind !== 'task' || record === null || !('kind' in record)) return undefined;
  return cacheHit === null && isOpen(record) ? record : undefined;
}

/** Nothing is open of the engine's own waits, of what another run has computed, and of what was undone. */
export function isOpen({ kind, state }: TaskRunRecord): boolean {
  if (kind !== 'task' && kind !== 'step') return false;
  return state.name !== StateName.Cached && state.name !== StateName.RolledBack && state.details?.committed !== true;
}

/** Queues the mark. Outside any flow nobody would ever look at it. */
export function markCommitted(record: TaskRunRecord, execution: Execution): void {
  if (execution.flowRun === null) return;
  // In the very state that it has: a record that was read without its outcome keeps what is stored as long as it has that.
  Object.assign(record.state, { details: { ...record.state.details, committed: true } });
  execution.touch(record);
}
