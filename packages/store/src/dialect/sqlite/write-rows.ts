/**
 * The hot path on SQLite: rows written one prepared statement each, inside an open transaction, without a single await.
 *
 * An existing row is overwritten in the columns that may change; see rows/unread-outcomes.ts for rows whose stored outcome
 * stays.
 */
import type { FlowRunRecord, TaskRunRecord } from '@millrace/kernel';
import type { LogRow } from '../../ports/records.ts';
import type { FlowRunFence } from '../../ports/store.ts';
import { assignment, type Column, integer, storable } from '../../sql/columns.ts';
import { toMicros } from '../../sql/instants.ts';
import { flowsOf } from '../../rows/flow-row.ts';
import { flowRunColumns } from '../../rows/flow-run-row.ts';
import { taskRunColumns } from '../../rows/task-run-row.ts';
import { keepsStoredOutcome } from '../../rows/unread-outcomes.ts';
import type { FlowWrite, RowBatch, RowOutcome, SqlValue, TaskWrite } from '../../sql/dialect.ts';
import { bind, type SqliteConnection } from './connection.ts';
import { sqliteSyntax } from './syntax.ts';

/** See Dialect.writeRows. */
export function writeRows(connection: SqliteConnection, batch: RowBatch): RowOutcome {
  const flows = new Map<string, 'stale' | 'changed'>();
  for (const { id, name, createdAt } of flowsOf(batch.flows)) {
    connection.run(insertFlow, [id, name, createdAt, createdAt]);
  }
  for (const write of batch.flows) {
    const refusal = writeFlowRun(connection, write);
    if (refusal !== undefined) flows.set(write.record.id, refusal);
  }
  const stale = new Set<TaskWrite>();
  for (const write of batch.tasks) {
    const { fence, records } = write;
    const isHeld = fence === null || !('flowRunId' in fence) || holds(connection, fence);
    if (!isHeld || !writeTaskRuns(connection, records)) stale.add(write);
  }
  writeLogs(connection, batch.logs);
  if (batch.flows.length + batch.tasks.length > 0) noteChange(connection, batch);
  return { flows, stale };
}

const insertFlow = 'INSERT INTO flow (id, name, created_at, updated_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING';
const selectToken = 'SELECT token FROM flow_run WHERE id = ?';

function holds(connection: SqliteConnection, fence: FlowRunFence): boolean {
  return connection.prepare(selectToken).get(fence.flowRunId)?.['token'] === fence.token;
}

const insertTaskRun = insert('task_run', taskRunColumns);
// NULL in a flow, where the token decides; outside any flow a row stays its session's.
const ofSameSession = 'WHERE task_run.session_id IS excluded.session_id';
const upsertTaskRun = `${insertTaskRun} ON CONFLICT (id) DO UPDATE SET ${excluded(taskRunColumns, '')} ${ofSameSession}`;
const upsertTaskRunKeepingOutcome = `${insertTaskRun} ON CONFLICT (id) DO UPDATE SET ${excluded(taskRunColumns, 'outcome')} ${ofSameSession}`;

/** False when a row is another session's, which it stays. */
function writeTaskRuns(connection: SqliteConnection, records: readonly TaskRunRecord[]): boolean {
  let complete = true;
  const upsert = connection.prepare(upsertTaskRun);
  for (const record of records) {
    const statement = keepsStoredOutcome(record) ? connection.prepare(upsertTaskRunKeepingOutcome) : upsert;
    if (statement.run(...values(taskRunColumns, record)).changes === 0) complete = false;
  }
  return complete;
}

// The row of a batch that is written again after it was committed without an answer is recognised by its own revision.
const insertFlowRun =
  `INSERT INTO flow_run (${columnNames(flowRunColumns)}, revision) VALUES (${marks(flowRunColumns.length + 1)}) ` +
  'ON CONFLICT (id) DO UPDATE SET revision = excluded.revision WHERE flow_run.revision = excluded.revision';
const changing = flowRunColumns.filter((column) => column.changes);
const changingKeepingOutcome = changing.filter((column) => column.name !== 'outcome');
const updateFlowRun = update(changing);
const updateFlowRunKeepingOutcome = update(changingKeepingOutcome);

function update(columns: readonly Column<FlowRunRecord>[]): string {
  const assignments = columns.map((column) => `${column.name} = ?`).join(', ');
  return `UPDATE flow_run SET ${assignments}, revision = ? WHERE id = ? AND token = ? AND revision IN (?, ?)`;
}

function writeFlowRun(connection: SqliteConnection, write: FlowWrite): 'stale' | 'changed' | undefined {
  const { record, expected, next, parent } = write;
  if (expected === '') {
    if (parent !== null && isLost(connection, parent)) return 'stale';
    const written = connection.prepare(insertFlowRun).run(...values(flowRunColumns, record), next);
    return written.changes === 1 ? undefined : 'changed';
  }
  const keeps = keepsStoredOutcome(record);
  const set = values(keeps ? changingKeepingOutcome : changing, record);
  const statement = connection.prepare(keeps ? updateFlowRunKeepingOutcome : updateFlowRun);
  if (statement.run(...set, next, record.id, record.token, expected, next).changes === 1) return undefined;
  return holds(connection, { flowRunId: record.id, token: record.token }) ? 'changed' : 'stale';
}

/** Whether the parent was taken up by another execution. A parent that isn't there decides nothing. */
function isLost(connection: SqliteConnection, { flowRunId, token }: FlowRunFence): boolean {
  const parent = connection.prepare(selectToken).get(flowRunId);
  return parent !== undefined && parent['token'] !== token;
}

const selectFollower = `SELECT 1 FROM follower WHERE lease_until > ${sqliteSyntax.now} LIMIT 1`;
const insertChange =
  'INSERT INTO change (transaction_id, noted_at, flow_runs, task_runs) ' +
  `VALUES (${sqliteSyntax.feed.transactionId}, ${sqliteSyntax.now}, ?, ?)`;

/** For the followers of the change feed, while there are any. A run whose write was refused is named as well. */
function noteChange(connection: SqliteConnection, { flows, tasks }: RowBatch): void {
  if (connection.prepare(selectFollower).get() === undefined) return;
  const flowRunIds = flows.map(({ record }) => record.id);
  const taskRunIds = tasks.flatMap(({ records }) => records.map(({ id }) => id));
  connection.run(insertChange, [idList(flowRunIds), idList(taskRunIds)]);
}

function idList(ids: readonly string[]): string | null {
  return ids.length === 0 ? null : JSON.stringify(ids);
}

const insertLog = `INSERT INTO log (flow_run_id, task_run_id, level, logger, message, logged_at) VALUES (${marks(6)})`;

function writeLogs(connection: SqliteConnection, rows: readonly LogRow[]): void {
  if (rows.length === 0) return;
  const statement = connection.prepare(insertLog);
  for (const row of rows) {
    const at = toMicros(row.at, 'log.at');
    statement.run(
      ...bind([row.flowRunId, row.taskRunId, integer(row.level, 'log.level'), row.logger, row.message, at]),
    );
  }
}

function values<TRecord>(columns: readonly Column<TRecord>[], record: TRecord): SqlValue[] {
  const bound: SqlValue[] = [];
  for (const column of columns) {
    const value = column.value(record);
    bound.push(typeof value === 'string' ? storable(value) : value);
  }
  return bound;
}

function columnNames<TRecord>(columns: readonly Column<TRecord>[]): string {
  return columns.map((column) => column.name).join(', ');
}

function insert<TRecord>(table: string, columns: readonly Column<TRecord>[]): string {
  return `INSERT INTO ${table} (${columnNames(columns)}) VALUES (${marks(columns.length)})`;
}

function excluded<TRecord>(columns: readonly Column<TRecord>[], except: string): string {
  const set = columns.filter((column) => column.changes && column.name !== except);
  return set.map((column) => assignment(column, 'task_run')).join(', ');
}

function marks(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ');
}
