/**
 * Task runs as rows. Wide texts come last, so that a light read never touches the pages they overflow to.
 */
import type { StateType, TaskRunInput, TaskRunKind, TaskRunRecord } from '@millrace/kernel';
import type { Row } from '../sql/dialect.ts';
import { type Column, decodeJson, decodeTags, encodeJson, encodeTags, integer, integerOrNull } from '../sql/columns.ts';
import { decodeHistory, encodeHistory } from './history.ts';

export const taskRunColumns: readonly Column<TaskRunRecord>[] = [
  { name: 'id', kind: 'text', changes: false, value: (run) => run.id },
  { name: 'flow_run_id', kind: 'text', changes: false, value: (run) => run.flowRunId },
  { name: 'session_id', kind: 'text', changes: false, value: (run) => run.sessionId },
  { name: 'parent_task_run_id', kind: 'text', changes: false, value: (run) => run.parentTaskRunId },
  { name: 'kind', kind: 'text', changes: false, value: (run) => run.kind },
  { name: 'task_key', kind: 'text', changes: false, value: (run) => run.taskKey },
  { name: 'replay_key', kind: 'text', changes: true, value: (run) => run.replayKey },
  { name: 'name', kind: 'text', changes: true, value: (run) => run.name },
  { name: 'state_type', kind: 'text', changes: true, value: (run) => run.state.type },
  { name: 'state_name', kind: 'text', changes: true, value: (run) => run.state.name },
  { name: 'state_at', kind: 'integer', changes: true, value: (run) => integer(run.state.at, 'state.at') },
  { name: 'state_message', kind: 'text', changes: true, value: (run) => run.state.message },
  { name: 'state_details', kind: 'text', changes: true, value: (run) => encodeJson(run.state.details) },
  { name: 'history', kind: 'text', changes: true, value: (run) => encodeHistory(run.history) },
  { name: 'run_count', kind: 'integer', changes: true, value: (run) => integer(run.runCount, 'runCount') },
  { name: 'flow_run_count', kind: 'integer', changes: true, value: (run) => integer(run.flowRunCount, 'flowRunCount') },
  { name: 'created_at', kind: 'integer', changes: false, value: (run) => integer(run.createdAt, 'createdAt') },
  { name: 'start_at', kind: 'integer', changes: true, value: (run) => integerOrNull(run.startAt, 'startAt') },
  { name: 'end_at', kind: 'integer', changes: true, value: (run) => integerOrNull(run.endAt, 'endAt') },
  { name: 'run_time_ms', kind: 'integer', changes: true, value: (run) => integer(run.runTimeMs, 'runTimeMs') },
  { name: 'wake_at', kind: 'integer', changes: true, value: (run) => integerOrNull(run.wakeAt, 'wakeAt') },
  { name: 'cache_key', kind: 'text', changes: true, value: (run) => run.cacheKey },
  { name: 'tags', kind: 'text', changes: false, value: (run) => encodeTags(run.tags) },
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

/** A row back to a record; columns that were not selected are null. */
export function toTaskRun(row: Row): TaskRunRecord {
  return {
    id: row['id'] as string,
    name: row['name'] as string,
    kind: row['kind'] as TaskRunKind,
    flowRunId: row['flow_run_id'] as string | null,
    sessionId: row['session_id'] as string | null,
    parentTaskRunId: row['parent_task_run_id'] as string | null,
    taskKey: row['task_key'] as string,
    replayKey: row['replay_key'] as string,
    state: {
      type: row['state_type'] as StateType,
      name: row['state_name'] as string,
      at: row['state_at'] as number,
      message: row['state_message'] as string | null,
      details: decodeJson(row['state_details'] as string | null, null),
    },
    history: decodeHistory(row['history'] as string | null),
    runCount: row['run_count'] as number,
    flowRunCount: row['flow_run_count'] as number,
    parameters: (row['parameters'] ?? null) as string | null,
    inputs: decodeJson<readonly TaskRunInput[]>(row['inputs'] as string | null, []),
    outcome: (row['outcome'] ?? null) as string | null,
    cacheKey: row['cache_key'] as string | null,
    tags: decodeTags(row['tags'] as string | null),
    createdAt: row['created_at'] as number,
    startAt: row['start_at'] as number | null,
    endAt: row['end_at'] as number | null,
    runTimeMs: row['run_time_ms'] as number,
    wakeAt: row['wake_at'] as number | null,
  };
}
