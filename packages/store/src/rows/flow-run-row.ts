/**
 * Flow runs as rows. `token` is changed only by a claim and `revision` only by the guarded write, so neither is among the
 * columns that a write sets; a root's `root_flow_run_id` is NULL (it is its own id).
 */
import type { FlowRunPolicy, FlowRunRecord, StateType } from '@millrace/kernel';
import type { Row } from '../sql/dialect.ts';
import { type Column, decodeJson, decodeTags, encodeJson, encodeTags, integer, integerOrNull } from '../sql/columns.ts';
import { decodeHistory, encodeHistory } from './history.ts';

export const flowRunColumns: readonly Column<FlowRunRecord>[] = [
  { name: 'id', kind: 'text', changes: false, value: (run) => run.id },
  { name: 'flow_name', kind: 'text', changes: false, value: (run) => run.flowName },
  { name: 'flow_version', kind: 'text', changes: false, value: (run) => run.flowVersion },
  { name: 'parent_flow_run_id', kind: 'text', changes: false, value: (run) => run.parentFlowRunId },
  { name: 'parent_task_run_id', kind: 'text', changes: false, value: (run) => run.parentTaskRunId },
  {
    name: 'root_flow_run_id',
    kind: 'text',
    changes: false,
    value: (run) => (run.rootFlowRunId === run.id ? null : run.rootFlowRunId),
  },
  { name: 'replay_key', kind: 'text', changes: false, value: (run) => run.replayKey },
  { name: 'idempotency_key', kind: 'text', changes: false, value: (run) => run.idempotencyKey },
  { name: 'name', kind: 'text', changes: true, value: (run) => run.name },
  { name: 'state_type', kind: 'text', changes: true, value: (run) => run.state.type },
  { name: 'state_name', kind: 'text', changes: true, value: (run) => run.state.name },
  { name: 'state_at', kind: 'integer', changes: true, value: (run) => integer(run.state.at, 'state.at') },
  { name: 'state_message', kind: 'text', changes: true, value: (run) => run.state.message },
  { name: 'state_details', kind: 'text', changes: true, value: (run) => encodeJson(run.state.details) },
  { name: 'history', kind: 'text', changes: true, value: (run) => encodeHistory(run.history) },
  { name: 'run_count', kind: 'integer', changes: true, value: (run) => integer(run.runCount, 'runCount') },
  { name: 'crash_count', kind: 'integer', changes: true, value: (run) => integer(run.crashCount, 'crashCount') },
  { name: 'policy', kind: 'text', changes: false, value: (run) => encodeJson(run.policy) },
  { name: 'tags', kind: 'text', changes: false, value: (run) => encodeTags(run.tags) },
  { name: 'created_at', kind: 'integer', changes: false, value: (run) => integer(run.createdAt, 'createdAt') },
  {
    name: 'expected_start_at',
    kind: 'integer',
    changes: true,
    value: (run) => integer(run.expectedStartAt, 'expectedStartAt'),
  },
  { name: 'start_at', kind: 'integer', changes: true, value: (run) => integerOrNull(run.startAt, 'startAt') },
  { name: 'end_at', kind: 'integer', changes: true, value: (run) => integerOrNull(run.endAt, 'endAt') },
  { name: 'run_time_ms', kind: 'integer', changes: true, value: (run) => integer(run.runTimeMs, 'runTimeMs') },
  { name: 'wake_at', kind: 'integer', changes: true, value: (run) => integerOrNull(run.wakeAt, 'wakeAt') },
  { name: 'waiting', kind: 'text', changes: true, value: (run) => encodeJson(run.waiting) },
  { name: 'divergence', kind: 'text', changes: true, value: (run) => encodeJson(run.divergence) },
  { name: 'rerun_of', kind: 'text', changes: false, value: (run) => run.rerunOf },
  { name: 'session_id', kind: 'text', changes: true, value: (run) => run.sessionId },
  { name: 'token', kind: 'integer', changes: false, value: (run) => integer(run.token, 'token') },
  { name: 'parameters', kind: 'text', changes: false, value: (run) => run.parameters },
  { name: 'outcome', kind: 'text', changes: true, value: (run) => run.outcome },
];

const names = [...flowRunColumns.map((column) => column.name), 'revision'];

export const flowRunSelect: string = names.join(', ');
/** Without the outcome. */
export const flowRunListSelect: string = names.filter((name) => name !== 'outcome').join(', ');
/** For replay: without parameters and outcome. */
export const flowRunLightSelect: string = names
  .filter((name) => name !== 'outcome' && name !== 'parameters')
  .join(', ');

/** A row back to a record; an outcome that was not selected is null, parameters are ''. */
export function toFlowRun(row: Row): FlowRunRecord {
  return {
    id: row['id'] as string,
    name: row['name'] as string,
    flowName: row['flow_name'] as string,
    flowVersion: row['flow_version'] as string | null,
    parentFlowRunId: row['parent_flow_run_id'] as string | null,
    parentTaskRunId: row['parent_task_run_id'] as string | null,
    rootFlowRunId: (row['root_flow_run_id'] ?? row['id']) as string,
    replayKey: row['replay_key'] as string | null,
    idempotencyKey: row['idempotency_key'] as string | null,
    state: {
      type: row['state_type'] as StateType,
      name: row['state_name'] as string,
      at: row['state_at'] as number,
      message: row['state_message'] as string | null,
      details: decodeJson(row['state_details'] as string | null, null),
    },
    history: decodeHistory(row['history'] as string | null),
    runCount: row['run_count'] as number,
    crashCount: row['crash_count'] as number,
    parameters: (row['parameters'] ?? '') as string,
    outcome: (row['outcome'] ?? null) as string | null,
    tags: decodeTags(row['tags'] as string | null),
    policy: JSON.parse(row['policy'] as string) as FlowRunPolicy,
    createdAt: row['created_at'] as number,
    expectedStartAt: row['expected_start_at'] as number,
    startAt: row['start_at'] as number | null,
    endAt: row['end_at'] as number | null,
    runTimeMs: row['run_time_ms'] as number,
    wakeAt: row['wake_at'] as number | null,
    waiting: decodeJson(row['waiting'] as string | null, null),
    divergence: decodeJson<readonly string[]>(row['divergence'] as string | null, []),
    rerunOf: row['rerun_of'] as string | null,
    sessionId: row['session_id'] as string | null,
    token: row['token'] as number,
    revision: row['revision'] as string,
  };
}
