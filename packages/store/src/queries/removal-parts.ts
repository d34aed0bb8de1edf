/**
 * Deletes the records of a run whose own row is deleted, a few rows at a time: child flow runs first (each becomes a removal of its own),
 * then task runs, logs, artifacts and signals.
 */
import { parseLocation, referencePrefix } from '../rows/blob-reference.ts';
import type { Row } from '../sql/dialect.ts';
import type { RemovalKind, RemovedRows } from '../ports/maintenance.ts';
import { over } from '../sql/conditions.ts';
import { toMicros } from '../sql/instants.ts';
import { text } from '../sql/read.ts';
import { lockClause, type QueryContext } from './context.ts';

interface Part {
  readonly removed: RemovedRows;
  readonly complete: boolean;
}

interface PartQuery {
  readonly limit: number;
  readonly blobsDueAt: number;
}

interface RemovalNote {
  readonly kind: RemovalKind;
  readonly ids: readonly string[];
  readonly dueAt: number;
  readonly later?: boolean;
}

const nothing: RemovedRows = { flowRuns: 0, taskRuns: 0, logs: 0, artifacts: 0, signals: 0 };

/** Puts ids on the list of removals; one that is there stays as it is, or with `later` gets the later of both times. */
export async function noteRemovals(
  context: QueryContext,
  { kind, ids, dueAt, later = false }: RemovalNote,
): Promise<void> {
  const known = later ? 'UPDATE SET due_at = excluded.due_at WHERE excluded.due_at > removal.due_at' : 'NOTHING';
  const sql = `INSERT INTO removal (kind, id, due_at) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO ${known}`;
  for (const id of ids) await context.run(sql, [kind, id, toMicros(dueAt, 'dueAt')]);
}

/** See Maintenance.removePart. */
export async function partOfFlowRun(context: QueryContext, id: string, query: PartQuery): Promise<Part> {
  const flowRuns = await retireChildren(context, id, query);
  if (flowRuns > 0) return { removed: { ...nothing, flowRuns }, complete: false };
  const taskRuns = await removeTaskRuns(context, id, query);
  if (taskRuns > 0) return { removed: { ...nothing, taskRuns }, complete: false };
  const { limit } = query;
  const logs = await removeRows(context, { table: 'log', key: 'sequence', owner: 'flow_run_id', id, limit });
  if (logs > 0) return { removed: { ...nothing, logs }, complete: false };
  const artifacts = await removeRows(context, { table: 'artifact', key: 'id', owner: 'flow_run_id', id, limit });
  const signals = await removeRows(context, { table: 'signal', key: 'id', owner: 'flow_run_id', id, limit });
  const inputs = await removeRows(context, { table: 'run_input', key: 'key', owner: 'flow_run_id', id, limit });
  if (artifacts + signals + inputs > 0) {
    return { removed: { ...nothing, artifacts, signals: signals + inputs }, complete: false };
  }
  await context.run('DELETE FROM slot WHERE holder_id = ? AND expires_at IS NULL', [id]);
  // A child that was started again goes on; what is left of the run goes with it.
  const child = await context.all('SELECT 1 FROM flow_run WHERE parent_flow_run_id = ? LIMIT 1', [id]);
  return { removed: nothing, complete: child.length === 0 };
}

/** See Maintenance.removePart. */
export async function partOfTaskRun(context: QueryContext, id: string, { limit }: PartQuery): Promise<Part> {
  const logs = await removeRows(context, { table: 'log', key: 'sequence', owner: 'task_run_id', id, limit });
  await context.run('DELETE FROM reported_state WHERE run_id = ?', [id]);
  await context.run('DELETE FROM slot WHERE holder_id = ? AND expires_at IS NULL', [id]);
  return { removed: { ...nothing, logs }, complete: logs < limit };
}

async function retireChildren(context: QueryContext, id: string, { limit, blobsDueAt }: PartQuery): Promise<number> {
  const { syntax } = context;
  const rows = await context.all(
    'SELECT id, outcome_blob, parameters_blob FROM flow_run WHERE parent_flow_run_id = ? ' +
      `AND parent_flow_run_id IS NOT NULL AND ${over} ORDER BY id LIMIT ?${lockClause(context, 'flow_run')}`,
    [id, limit],
  );
  if (rows.length === 0) return 0;
  const ids = rows.map((row) => text(row, 'id'));
  await noteRemovals(context, { kind: 'flow-run', ids, dueAt: 0 });
  await noteBlobs(context, rows, blobsDueAt);
  return context.run(`DELETE FROM flow_run WHERE ${syntax.anyOf('id')}`, [syntax.list(ids)]);
}

async function removeTaskRuns(context: QueryContext, id: string, { limit, blobsDueAt }: PartQuery): Promise<number> {
  const { syntax } = context;
  const sql = 'SELECT id, outcome_blob FROM task_run WHERE flow_run_id = ? ORDER BY id LIMIT ?';
  const rows = await context.all(sql, [id, limit]);
  if (rows.length === 0) return 0;
  const ids = syntax.list(rows.map((row) => text(row, 'id')));
  await noteBlobs(context, rows, blobsDueAt);
  await context.run(`DELETE FROM reported_state WHERE ${syntax.anyOf('run_id')}`, [ids]);
  await context.run(`DELETE FROM slot WHERE ${syntax.anyOf('holder_id')} AND expires_at IS NULL`, [ids]);
  return context.run(`DELETE FROM task_run WHERE ${syntax.anyOf('id')}`, [ids]);
}

interface RowsOfRun {
  readonly table: 'log' | 'artifact' | 'signal' | 'run_input';
  readonly key: string;
  readonly owner: string;
  readonly id: string;
  readonly limit: number;
}

function removeRows(context: QueryContext, { table, key, owner, id, limit }: RowsOfRun): Promise<number> {
  const some = `SELECT ${key} FROM ${table} WHERE ${owner} = ? AND ${owner} IS NOT NULL ORDER BY ${key} LIMIT ?`;
  return context.run(`DELETE FROM ${table} WHERE ${owner} = ? AND ${key} IN (${some})`, [id, id, limit]);
}

/**
 * References in these rows, which go now: to be deleted when they are due and no other row has them. Another row may have gone
 * before; a reader of this one has its whole time.
 */
export function noteBlobs(context: QueryContext, rows: readonly Row[], dueAt: number): Promise<void> {
  const references = rows.flatMap((row) => [row['outcome_blob'], row['parameters_blob']]);
  const locations = references.map((reference) =>
    typeof reference === 'string' ? parseLocation(reference) : undefined,
  );
  const ids = locations.flatMap((location) =>
    location === undefined ? [] : [referencePrefix(location.storage, location.key)],
  );
  return noteRemovals(context, { kind: 'blob', ids, dueAt, later: true });
}
