/**
 * The access paths of each resource: the indexes that can drive a list.
 *
 * `field` is the index's first column; within one value of it rows come in the order of `then`. A partial index is usable where its `only`
 * holds, and a statement repeats this condition word for word. A new index is one line here and one in a new migration.
 */
import type { Resource } from '@millrace/kernel';

export interface AccessPath {
  /** null = the table's own order on SQLite. */
  readonly index: string | null;
  readonly field: string;
  readonly then?: string;
  /** A field whose bounds hold for this one too, because the two are equal where it has a value. */
  readonly equals?: string;
  /** A value of the field has one row, or few. */
  readonly isNarrow?: boolean;
  /** Values of the field that the index leaves out, with the condition that says so. */
  readonly only?: { readonly without: string; readonly sql: string };
}

const notCompleted = { without: 'COMPLETED', sql: "state_type <> 'COMPLETED'" };

export const accessPaths: Readonly<Record<Resource, readonly AccessPath[]>> = {
  'flow-run': [
    { index: 'sqlite_autoindex_flow_run_1', field: 'id', isNarrow: true },
    { index: 'flow_run_key', field: 'idempotencyKey', isNarrow: true },
    { index: 'flow_run_parent', field: 'parentFlowRunId', then: 'id' },
    { index: 'flow_run_parent_task', field: 'parentTaskRunId' },
    { index: 'flow_run_root', field: 'rootFlowRunId', then: 'id' },
    { index: 'flow_run_name', field: 'name', then: 'id' },
    { index: 'flow_run_flow', field: 'flowName', then: 'sortAt' },
    { index: 'flow_run_state', field: 'stateType', then: 'sortAt', only: notCompleted },
    { index: 'flow_run_deployment', field: 'deploymentId', then: 'sortAt' },
    { index: 'flow_run_queue', field: 'workQueueId', then: 'sortAt' },
    { index: 'flow_run_next', field: 'nextStartAt' },
    { index: 'flow_run_time', field: 'sortAt', equals: 'startAt' },
    { index: 'flow_run_expected', field: 'expectedStartAt' },
    { index: 'flow_run_end', field: 'endAt' },
  ],
  'task-run': [
    { index: 'sqlite_autoindex_task_run_1', field: 'id', isNarrow: true },
    { index: 'task_run_flow_run', field: 'flowRunId', then: 'id' },
    { index: 'task_run_time', field: 'createdAt' },
    { index: 'task_run_parent', field: 'parentTaskRunId', then: 'id' },
  ],
  log: [
    { index: null, field: 'sequence' },
    { index: 'log_flow_run', field: 'flowRunId', then: 'sequence' },
    { index: 'log_task_run', field: 'taskRunId', then: 'sequence' },
  ],
  artifact: [
    { index: 'sqlite_autoindex_artifact_1', field: 'id', isNarrow: true },
    { index: 'artifact_key', field: 'key', then: 'id' },
    { index: 'artifact_flow_run', field: 'flowRunId', then: 'id' },
  ],
  variable: [{ index: 'sqlite_autoindex_variable_1', field: 'name', isNarrow: true }],
};
