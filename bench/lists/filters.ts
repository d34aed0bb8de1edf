/** The filters of Prefect's API over flow runs and task runs, as the kernel's trees, with values that the seeded database has. */
import type { Filter } from '@millrace/kernel';

const firstAt = 1_780_000_000_000;
const dayMs = 86_400_000;
const middle = firstAt + 45 * dayMs;
const late = firstAt + 89 * dayMs;

type FlowRuns = Filter<'flow-run'>;
type TaskRuns = Filter<'task-run'>;

const failedTask: TaskRuns = { kind: 'field', field: 'stateType', test: 'anyOf', values: ['FAILED'] };

/** By Prefect's names. `ids` are of runs that are there. */
export function flowRunFilters(ids: readonly string[]): ReadonlyMap<string, FlowRuns> {
  const test = (given: Extract<FlowRuns, { readonly kind: 'field' }>): FlowRuns => given;
  const not = (filter: FlowRuns): FlowRuns => ({ kind: 'not', filter });
  return new Map<string, FlowRuns>([
    ['id any_', test({ kind: 'field', field: 'id', test: 'anyOf', values: ids })],
    ['id not_any_', test({ kind: 'field', field: 'id', test: 'noneOf', values: ids })],
    ['flow name any_', test({ kind: 'field', field: 'flowName', test: 'anyOf', values: ['etl', 'flow-7'] })],
    ['flow name like_', test({ kind: 'field', field: 'flowName', test: 'contains', part: 'FLOW-1' })],
    ['name any_', test({ kind: 'field', field: 'name', test: 'anyOf', values: ['run-17-otter', 'run-18-otter'] })],
    ['name like_', test({ kind: 'field', field: 'name', test: 'contains', part: '-77' })],
    ['tags all_', test({ kind: 'field', field: 'tags', test: 'allOf', values: ['nightly', 'eu'] })],
    ['tags any_', test({ kind: 'field', field: 'tags', test: 'anyOf', values: ['eu', 'us'] })],
    ['tags any_ rare', test({ kind: 'field', field: 'tags', test: 'anyOf', values: ['rare'] })],
    ['tags is_null_', test({ kind: 'field', field: 'tags', test: 'isNull' })],
    [
      'deployment_id any_',
      test({ kind: 'field', field: 'deploymentId', test: 'anyOf', values: ['deployment-3', 'deployment-4'] }),
    ],
    ['deployment_id is_null_', test({ kind: 'field', field: 'deploymentId', test: 'isNull' })],
    ['work_queue any_', test({ kind: 'field', field: 'workQueueId', test: 'anyOf', values: ['queue-2'] })],
    ['work_queue is_null_', test({ kind: 'field', field: 'workQueueId', test: 'isNull' })],
    ['state.type any_', test({ kind: 'field', field: 'stateType', test: 'anyOf', values: ['FAILED', 'CRASHED'] })],
    ['state.type any_ completed', test({ kind: 'field', field: 'stateType', test: 'anyOf', values: ['COMPLETED'] })],
    ['state.type any_ paused', test({ kind: 'field', field: 'stateType', test: 'anyOf', values: ['PAUSED'] })],
    ['state.type not_any_', test({ kind: 'field', field: 'stateType', test: 'noneOf', values: ['COMPLETED'] })],
    ['state.name any_', test({ kind: 'field', field: 'stateName', test: 'anyOf', values: ['TimedOut', 'Cached'] })],
    ['flow_version any_', test({ kind: 'field', field: 'flowVersion', test: 'anyOf', values: ['1'] })],
    ['start_time after_', test({ kind: 'field', field: 'startAt', test: 'atLeast', bound: late })],
    ['start_time before_', test({ kind: 'field', field: 'startAt', test: 'atMost', bound: middle })],
    ['start_time is_null_', test({ kind: 'field', field: 'startAt', test: 'isNull' })],
    ['end_time after_', test({ kind: 'field', field: 'endAt', test: 'atLeast', bound: late })],
    ['end_time before_', test({ kind: 'field', field: 'endAt', test: 'atMost', bound: middle })],
    ['end_time is_null_', test({ kind: 'field', field: 'endAt', test: 'isNull' })],
    ['expected_start_time after_', test({ kind: 'field', field: 'expectedStartAt', test: 'atLeast', bound: late })],
    ['expected_start_time before_', test({ kind: 'field', field: 'expectedStartAt', test: 'atMost', bound: middle })],
    ['next_scheduled_start_time after_', test({ kind: 'field', field: 'nextStartAt', test: 'atLeast', bound: middle })],
    ['parent_flow_run_id any_', test({ kind: 'field', field: 'parentFlowRunId', test: 'anyOf', values: ids })],
    ['parent_task_run_id is_null_', test({ kind: 'field', field: 'parentTaskRunId', test: 'isNull' })],
    ['parent_task_run_id not null', not({ kind: 'field', field: 'parentTaskRunId', test: 'isNull' })],
    [
      'idempotency_key any_',
      test({ kind: 'field', field: 'idempotencyKey', test: 'anyOf', values: ['order-1', 'order-11'] }),
    ],
    ['idempotency_key not_any_', test({ kind: 'field', field: 'idempotencyKey', test: 'noneOf', values: ['order-1'] })],
    ['task runs failed', { kind: 'exists', relation: 'taskRuns', filter: failedTask }],
  ]);
}

/** By Prefect's names. `ids` are of task runs, `flowRunIds` of flow runs that are there. */
export function taskRunFilters(ids: readonly string[], flowRunIds: readonly string[]): ReadonlyMap<string, TaskRuns> {
  const test = (given: Extract<TaskRuns, { readonly kind: 'field' }>): TaskRuns => given;
  const ofFlowRun = (filter: FlowRuns): TaskRuns => ({ kind: 'exists', relation: 'flowRun', filter });
  return new Map<string, TaskRuns>([
    ['id any_', test({ kind: 'field', field: 'id', test: 'anyOf', values: ids })],
    ['name any_', test({ kind: 'field', field: 'name', test: 'anyOf', values: ['task-17', 'task-18'] })],
    ['name like_', test({ kind: 'field', field: 'name', test: 'contains', part: '-77' })],
    ['tags all_', test({ kind: 'field', field: 'tags', test: 'allOf', values: ['slow'] })],
    ['tags is_null_', test({ kind: 'field', field: 'tags', test: 'isNull' })],
    ['state.type any_', test({ kind: 'field', field: 'stateType', test: 'anyOf', values: ['FAILED'] })],
    ['state.name any_', test({ kind: 'field', field: 'stateName', test: 'anyOf', values: ['Cached'] })],
    ['start_time after_', test({ kind: 'field', field: 'startAt', test: 'atLeast', bound: late })],
    ['end_time is_null_', test({ kind: 'field', field: 'endAt', test: 'isNull' })],
    ['expected_start_time before_', test({ kind: 'field', field: 'createdAt', test: 'atMost', bound: middle })],
    ['flow_run_id any_', test({ kind: 'field', field: 'flowRunId', test: 'anyOf', values: flowRunIds })],
    ['flow_run_id is_null_', test({ kind: 'field', field: 'flowRunId', test: 'isNull' })],
    ['flow runs by name', ofFlowRun({ kind: 'field', field: 'flowName', test: 'anyOf', values: ['etl'] })],
    ['flow runs by state', ofFlowRun({ kind: 'field', field: 'stateType', test: 'anyOf', values: ['FAILED'] })],
    ['flow runs by tag', ofFlowRun({ kind: 'field', field: 'tags', test: 'anyOf', values: ['eu'] })],
    ['subflow_runs exists_', { kind: 'exists', relation: 'subflows', filter: { kind: 'and', filters: [] } }],
  ]);
}
