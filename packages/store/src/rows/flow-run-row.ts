/**
 * Flow runs as rows. `token` is changed only by a claim and `revision` only by the guarded write, so neither is among the
 * columns that a write sets; a root's `root_flow_run_id` is NULL (it is its own id), and the driver's where it is the engine.
 */
import type { FlowRunRecord } from '@millrace/kernel';
import { type Column, encodeJson, encodeTags, integer } from '../sql/columns.ts';
import type { Row } from '../sql/dialect.ts';
import { toMicros, toMicrosOrNull } from '../sql/instants.ts';
import { json, ms, msOrNull, number, tags, text, textOrNull } from '../sql/read.ts';
import { decodeHistory, encodeHistory } from './history.ts';
import { stateColumns, toState } from './state-columns.ts';

export const flowRunColumns: readonly Column<FlowRunRecord>[] = [
  { name: 'id', kind: 'text', changes: false, value: (run) => run.id },
  { name: 'flow_name', kind: 'text', changes: false, value: (run) => run.flowName },
  { name: 'flow_version', kind: 'text', changes: false, value: (run) => run.flowVersion },
  { name: 'driver', kind: 'text', changes: true, value: (run) => (run.driver === 'engine' ? null : run.driver) },
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
  { name: 'deployment_id', kind: 'text', changes: false, value: (run) => run.deploymentId },
  { name: 'work_queue_id', kind: 'text', changes: false, value: (run) => run.workQueueId },
  { name: 'name', kind: 'text', changes: true, value: (run) => run.name },
  ...stateColumns,
  { name: 'history', kind: 'text', changes: true, value: (run) => encodeHistory(run.history, run.createdAt) },
  { name: 'run_count', kind: 'integer', changes: true, value: (run) => integer(run.runCount, 'runCount') },
  { name: 'crash_count', kind: 'integer', changes: true, value: (run) => integer(run.crashCount, 'crashCount') },
  { name: 'policy', kind: 'text', changes: false, value: (run) => encodeJson(run.policy) },
  { name: 'tags', kind: 'text', changes: false, value: (run) => encodeTags(run.tags) },
  { name: 'created_at', kind: 'integer', changes: false, value: (run) => toMicros(run.createdAt, 'createdAt') },
  {
    name: 'expected_start_at',
    kind: 'integer',
    changes: true,
    value: (run) => toMicros(run.expectedStartAt, 'expectedStartAt'),
  },
  {
    name: 'next_start_at',
    kind: 'integer',
    changes: true,
    value: (run) => toMicrosOrNull(run.nextStartAt, 'nextStartAt'),
  },
  { name: 'start_at', kind: 'integer', changes: true, value: (run) => toMicrosOrNull(run.startAt, 'startAt') },
  { name: 'end_at', kind: 'integer', changes: true, value: (run) => toMicrosOrNull(run.endAt, 'endAt') },
  { name: 'run_time', kind: 'integer', changes: true, value: (run) => toMicros(run.runTimeMs, 'runTimeMs') },
  { name: 'wake_at', kind: 'integer', changes: true, value: (run) => toMicrosOrNull(run.wakeAt, 'wakeAt') },
  { name: 'waiting', kind: 'text', changes: true, value: (run) => encodeJson(run.waiting) },
  { name: 'divergence', kind: 'text', changes: true, value: (run) => encodeJson(run.divergence) },
  { name: 'rerun_of', kind: 'text', changes: false, value: (run) => run.rerunOf },
  { name: 'session_id', kind: 'text', changes: true, value: (run) => run.sessionId },
  { name: 'token', kind: 'integer', changes: false, value: (run) => integer(run.token, 'token') },
  { name: 'details', kind: 'text', changes: false, value: (run) => encodeJson(run.details) },
  { name: 'parameters', kind: 'text', changes: false, value: (run) => run.parameters },
  { name: 'outcome', kind: 'text', changes: true, value: (run) => run.outcome },
];

const names = [...flowRunColumns.map((column) => column.name), 'last_seen_at', 'revision'];

export const flowRunSelect: string = names.join(', ');
/** Without the outcome. */
export const flowRunListSelect: string = names.filter((name) => name !== 'outcome').join(', ');
/** For replay: without parameters and outcome. */
export const flowRunLightSelect: string = names
  .filter((name) => name !== 'outcome' && name !== 'parameters')
  .join(', ');

const noPolicy = { retries: 0, retryDelaysMs: [], retryJitter: null, crashRetries: 0 };

/** A row back to a record; an outcome that was not selected is null, parameters are ''. */
export function toFlowRun(row: Row): FlowRunRecord {
  const id = text(row, 'id');
  const createdAt = ms(row, 'created_at');
  return {
    kind: 'flow',
    id,
    driver: textOrNull(row, 'driver') === 'client' ? 'client' : 'engine',
    name: text(row, 'name'),
    flowName: text(row, 'flow_name'),
    flowVersion: textOrNull(row, 'flow_version'),
    parentFlowRunId: textOrNull(row, 'parent_flow_run_id'),
    parentTaskRunId: textOrNull(row, 'parent_task_run_id'),
    rootFlowRunId: textOrNull(row, 'root_flow_run_id') ?? id,
    replayKey: textOrNull(row, 'replay_key'),
    idempotencyKey: textOrNull(row, 'idempotency_key'),
    deploymentId: textOrNull(row, 'deployment_id'),
    workQueueId: textOrNull(row, 'work_queue_id'),
    details: json(row, 'details', null),
    state: toState(row),
    history: decodeHistory(textOrNull(row, 'history'), createdAt),
    runCount: number(row, 'run_count'),
    crashCount: number(row, 'crash_count'),
    parameters: textOrNull(row, 'parameters') ?? '',
    outcome: textOrNull(row, 'outcome'),
    tags: tags(row, 'tags'),
    policy: json(row, 'policy', noPolicy),
    createdAt,
    expectedStartAt: ms(row, 'expected_start_at'),
    nextStartAt: msOrNull(row, 'next_start_at'),
    startAt: msOrNull(row, 'start_at'),
    endAt: msOrNull(row, 'end_at'),
    runTimeMs: ms(row, 'run_time'),
    wakeAt: msOrNull(row, 'wake_at'),
    waiting: json(row, 'waiting', null),
    divergence: json<readonly string[]>(row, 'divergence', []),
    rerunOf: textOrNull(row, 'rerun_of'),
    lastSeenAt: msOrNull(row, 'last_seen_at'),
    sessionId: textOrNull(row, 'session_id'),
    token: number(row, 'token'),
    revision: text(row, 'revision'),
  };
}
