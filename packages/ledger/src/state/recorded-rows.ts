/** Reads the recorded calls of a flow run in one read, without outcomes. */
import type { FlowRunRecord, TaskRunRecord } from '@millrace/kernel';
import type { Transaction } from '@millrace/store';

/** The children of a flow run. */
export interface RecordedRows {
  readonly tasks: readonly TaskRunRecord[];
  readonly flows: readonly FlowRunRecord[];
}

/** Of a run that has just started. */
export const noRows: RecordedRows = { tasks: [], flows: [] };

export async function readRecordedRows(transaction: Transaction, flowRunId: string): Promise<RecordedRows> {
  const tasks = await transaction.taskRuns.recorded(flowRunId);
  const flows = await transaction.flowRuns.childrenOf(flowRunId);
  return { tasks, flows };
}
