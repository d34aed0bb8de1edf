/**
 * Task runs as rows. Wide texts come last, so that a light read never touches the pages they overflow to.
 */
import type { TaskRunInput, TaskRunKind, TaskRunRecord } from '@millrace/kernel';
import { type Column, encodeJson, encodeTags, integer } from '../sql/columns.ts';
import type { Row } from '../sql/dialect.ts';
import { toMicros, toMicrosOrNull } from '../sql/instants.ts';
import { json, ms, msOrNull, number, tags, text, textOrNull } from '../sql/read.ts';
import { decodeHistory, encodeHistory } from './history.ts';
import { stateColumns, toState } from './state-columns.ts';

export const taskRunColumns: readonly Column<TaskRunRecord>[] = [
  { name: 'id', kind: 'text', changes: false, value: (run) => run.id },
  { name: 'flow_run_id', kind: 'text', changes: false, value: (run) => run.flowRunId },
  { name: 'session_id', kind: 'text', changes: false, value: (run) => run.sessionId },
  { name: 'parent_task_run_id', kind: 'text', changes: false, value: (run) => run.parentTaskRunId },
  { name: 'kind', kind: 'text', changes: false, value: (run) => run.kind },
  { name: 'task_key', kind: 'text', changes: false, value: (run) => run.taskKey },
  { name: 'dynamic_key', kind: 'text', changes: false, value: (run) => run.dynamicKey },
  { name: 'replay_key', kind: 'text', changes: true, value: (run) => run.replayKey },
  { name: 'name', kind: 'text', changes: true, value: (run) => run.name },
  ...stateColumns,
  { name: 'history', kind: 'text', changes: true, value: (run) => encodeHistory(run.history, run.createdAt) },
  { name: 'run_count', kind: 'integer', changes: true, value: (run) => integer(run.runCount, 'runCount') },
  { name: 'flow_run_count', kind: 'integer', changes: true, value: (run) => integer(run.flowRunCount, 'flowRunCount') },
  { name: 'created_at', kind: 'integer', changes: false, value: (run) => toMicros(run.createdAt, 'createdAt') },
  { name: 'start_at', kind: 'integer', changes: true, value: (run) => toMicrosOrNull(run.startAt, 'startAt') },
  { name: 'end_at', kind: 'integer', changes: true, value: (run) => toMicrosOrNull(run.endAt, 'endAt') },
  { name: 'run_time', kind: 'integer', changes: true, value: (run) => toMicros(run.runTimeMs, 'runTimeMs') },
  { name: 'wake_at', kind: 'integer', changes: true, value: (run) => toMicrosOrNull(run.wakeAt, 'wakeAt') },
  { name: 'cache_key', kind: 'text', changes: true, value: (run) => run.cacheKey },
  { name: 'retry_policy', kind: 'text', changes: false, value: (run) => encodeJson(run.retryPolicy) },
  { name: 'tags', kind: 'text', changes: false, value: (run) => encodeTags(run.tags) },
  { name: 'details', kind: 'text', changes: false, value: (run) => encodeJson(run.details) },
  { name: 'inputs', kind: 'text', changes: true, value: (run) => encodeJson(run.inputs) },
  { name: 'parameters', kind: 'text', changes: 'given', value: (run) => run.parameters },
  { name: 'outcome', kind: 'text', changes: true, value: (run) => run.outcome },
];

const names = taskRunColumns.map((column) => column.name);

export const taskRunSelect: string = names.join(', ');
/** Without the outcome. */
export const taskRunListSelect: string = names.filter((name) => name !== 'outcome').join(', ');
/** For replay: without parameters and outcome. */
export const taskRunLightSelect: string = names
  .filter((name) => name !== 'outcome' && name !== 'parameters')
  .join(', ');

const kinds: Readonly<Record<TaskRunKind, true>> = { task: true, step: true, sleep: true, signal: true, pause: true };

function kindOf(row: Row): TaskRunKind {
  const kind = text(row, 'kind');
  if (isKind(kind)) return kind;
  throw new TypeError(`column kind holds the kind of a task run and is ${JSON.stringify(kind)}`);
}

function isKind(value: string): value is TaskRunKind {
  return Object.hasOwn(kinds, value);
}

/** A row back to a record; columns that were not selected are null. */
export function toTaskRun(row: Row): TaskRunRecord {
  const createdAt = ms(row, 'created_at');
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    kind: kindOf(row),
    flowRunId: textOrNull(row, 'flow_run_id'),
    sessionId: textOrNull(row, 'session_id'),
    parentTaskRunId: textOrNull(row, 'parent_task_run_id'),
    taskKey: text(row, 'task_key'),
    dynamicKey: textOrNull(row, 'dynamic_key'),
    replayKey: text(row, 'replay_key'),
    state: toState(row),
    history: decodeHistory(textOrNull(row, 'history'), createdAt),
    runCount: number(row, 'run_count'),
    flowRunCount: number(row, 'flow_run_count'),
    parameters: textOrNull(row, 'parameters'),
    inputs: json<readonly TaskRunInput[]>(row, 'inputs', []),
    outcome: textOrNull(row, 'outcome'),
    cacheKey: textOrNull(row, 'cache_key'),
    retryPolicy: json(row, 'retry_policy', null),
    tags: tags(row, 'tags'),
    details: json(row, 'details', null),
    createdAt,
    startAt: msOrNull(row, 'start_at'),
    endAt: msOrNull(row, 'end_at'),
    runTimeMs: ms(row, 'run_time'),
    wakeAt: msOrNull(row, 'wake_at'),
  };
}
