/**
 * Deleting what is old, in SQL: see ports/maintenance.ts for what is promised.
 *
 * Every statement is bounded by a number of rows and goes by an index, so that none holds the writer for long.
 */
import { referenceColumns } from '../migrations/initial-tables/references.ts';
import type { Row } from '../sql/dialect.ts';
import type {
  EndedPage,
  EndedQuery,
  ExpiryQuery,
  Maintenance,
  RemovalKind,
  RemovedRows,
} from '../ports/maintenance.ts';
import { over, prefixEnd } from '../sql/conditions.ts';
import { toMicros } from '../sql/instants.ts';
import { number, text } from '../sql/read.ts';
import { first, lockClause, type QueryContext } from './context.ts';
import { noteBlobs, noteRemovals, partOfFlowRun, partOfTaskRun } from './removal-parts.ts';
import { SqlSessions } from './sessions.ts';

const isOver = `CASE WHEN ${over} THEN 1 ELSE 0 END AS is_over`;
// Word for word as in the indexes flow_run_over and task_run_over.
const endAt = 'COALESCE(end_at, state_at)';

interface Retirement {
  readonly endedBefore: number;
  readonly blobsDueAt: number;
}

export class SqlMaintenance implements Maintenance {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async databaseId(proposed: string): Promise<string> {
    const id = proposed.replaceAll('-', '').slice(0, 12);
    const sql = "INSERT INTO store_property (name, value) VALUES ('id', ?) ON CONFLICT (name) DO NOTHING";
    await this.#context.run(sql, [id]);
    const row = await first(this.#context, "SELECT value FROM store_property WHERE name = 'id'");
    return row === undefined ? id : text(row, 'value');
  }

  endedFlowRuns(query: EndedQuery): Promise<EndedPage> {
    return this.#ended('flow_run', query);
  }

  endedTaskRuns(query: EndedQuery): Promise<EndedPage> {
    return this.#ended('task_run', query);
  }

  /** By when they ended and not by id, which a client may have given. A page goes on after the instant and id of the last row. */
  async #ended(table: 'flow_run' | 'task_run', query: EndedQuery): Promise<EndedPage> {
    const outermost = table === 'flow_run' ? 'parent_flow_run_id IS NULL' : 'flow_run_id IS NULL';
    const sql =
      `SELECT id, ${endAt} AS ended_at FROM ${table}${this.#context.syntax.indexedBy(`${table}_over`)} ` +
      `WHERE ${outermost} AND ${over} AND ${endAt} < ? AND ${endAt} >= ? AND (${endAt} > ? OR id > ?) ` +
      `ORDER BY ${endAt}, id LIMIT ?`;
    const { at, id } = parseCursor(query.after);
    const before = toMicros(query.endedBefore, 'endedBefore');
    const rows = await this.#context.all(sql, [before, at, at, id, query.limit]);
    const last = rows.length === query.limit ? rows.at(-1) : undefined;
    const after = last === undefined ? undefined : `${number(last, 'ended_at')} ${text(last, 'id')}`;
    return { ids: rows.map((row) => text(row, 'id')), after };
  }

  async retireFlowRun(id: string, { endedBefore, blobsDueAt }: Retirement): Promise<boolean> {
    const sql =
      `SELECT ${isOver}, ${endAt} AS end_at, parent_flow_run_id, outcome_blob, parameters_blob FROM flow_run ` +
      `WHERE id = ?${lockClause(this.#context, 'flow_run', [id])}`;
    const run = await first(this.#context, sql, [id]);
    if (run === undefined || run['parent_flow_run_id'] !== null || run['is_over'] === 0) return false;
    if (number(run, 'end_at') >= toMicros(endedBefore, 'endedBefore')) return false;
    const below = `SELECT 1 FROM flow_run WHERE root_flow_run_id = ? AND NOT ${over} LIMIT 1`;
    if ((await first(this.#context, below, [id])) !== undefined) return false;
    await noteRemovals(this.#context, { kind: 'flow-run', ids: [id], dueAt: 0 });
    await noteBlobs(this.#context, [run], blobsDueAt);
    return (await this.#context.run('DELETE FROM flow_run WHERE id = ?', [id])) === 1;
  }

  async retireTaskRuns(ids: readonly string[], { endedBefore, blobsDueAt }: Retirement): Promise<number> {
    if (ids.length === 0) return 0;
    const { syntax } = this.#context;
    const rows = await this.#context.all(
      `SELECT id, outcome_blob FROM task_run WHERE ${syntax.anyOf('id')} AND flow_run_id IS NULL AND ${over} ` +
        `AND ${endAt} < ?`,
      [syntax.list(ids), toMicros(endedBefore, 'endedBefore')],
    );
    const found = rows.map((row) => text(row, 'id'));
    if (found.length === 0) return 0;
    await noteRemovals(this.#context, { kind: 'task-run', ids: found, dueAt: 0 });
    await noteBlobs(this.#context, rows, blobsDueAt);
    return this.#context.run(`DELETE FROM task_run WHERE ${syntax.anyOf('id')}`, [syntax.list(found)]);
  }

  async removals(kind: RemovalKind, limit: number): Promise<readonly string[]> {
    const sql = `SELECT id FROM removal WHERE kind = ? AND due_at <= ${this.#context.syntax.now} ORDER BY id LIMIT ?`;
    return (await this.#context.all(sql, [kind, limit])).map((row) => text(row, 'id'));
  }

  async removePart(
    { kind, id }: { readonly kind: 'flow-run' | 'task-run'; readonly id: string },
    query: { readonly limit: number; readonly blobsDueAt: number },
  ): Promise<{ readonly removed: RemovedRows; readonly complete: boolean }> {
    const remove = kind === 'flow-run' ? partOfFlowRun : partOfTaskRun;
    const { removed, complete } = await remove(this.#context, id, query);
    if (complete) await this.settle(kind, [id]);
    return { removed, complete };
  }

  async goneFlowRuns({ table, after = '', limit }: Parameters<Maintenance['goneFlowRuns']>[0]): Promise<EndedPage> {
    // From one id to the next by the index, over the many rows that name the same.
    const next = (than: string): string =>
      `(SELECT MIN(flow_run_id) FROM ${table} WHERE flow_run_id IS NOT NULL AND flow_run_id > ${than})`;
    const rows = await this.#context.all(
      `WITH RECURSIVE named (id) AS (SELECT ${next('?')} UNION ALL SELECT ${next('named.id')} FROM named ` +
        'WHERE named.id IS NOT NULL) SELECT id, CASE WHEN EXISTS (SELECT 1 FROM flow_run WHERE flow_run.id = named.id) ' +
        'THEN 1 ELSE 0 END AS is_there FROM named WHERE id IS NOT NULL LIMIT ?',
      [after, limit],
    );
    const gone = rows.filter((row) => row['is_there'] === 0).map((row) => text(row, 'id'));
    return { ids: gone, after: lastId(rows, limit) };
  }

  noteGone(ids: readonly string[]): Promise<void> {
    return noteRemovals(this.#context, { kind: 'flow-run', ids, dueAt: 0 });
  }

  async settle(kind: RemovalKind, ids: readonly string[]): Promise<void> {
    const { syntax } = this.#context;
    const sql = `DELETE FROM removal WHERE kind = ? AND ${syntax.anyOf('id')}`;
    if (ids.length > 0) await this.#context.run(sql, [kind, syntax.list(ids)]);
  }

  noteBlobs(referencePrefixes: readonly string[], dueAt: number): Promise<void> {
    return noteRemovals(this.#context, { kind: 'blob', ids: referencePrefixes, dueAt });
  }

  async unreferenced(referencePrefixes: readonly string[]): Promise<readonly string[]> {
    const held = referenceColumns.map(
      ({ table, reference }) =>
        `EXISTS (SELECT 1 FROM ${table} WHERE ${reference} IS NOT NULL AND ${reference} >= ? AND ${reference} < ?)`,
    );
    const sql = `SELECT CASE WHEN ${held.join(' OR ')} THEN 1 ELSE 0 END AS held`;
    const free: string[] = [];
    for (const prefix of referencePrefixes) {
      const range = referenceColumns.flatMap(() => [prefix, prefixEnd(prefix)]);
      if ((await first(this.#context, sql, range))?.['held'] === 0) free.push(prefix);
    }
    return free;
  }

  async removeCacheEntries(query: {
    readonly createdBefore: number;
    readonly blobsDueAt: number;
    readonly limit: number;
  }): Promise<number> {
    const { syntax } = this.#context;
    const expired = `expires_at IS NOT NULL AND expires_at <= ${syntax.now} ORDER BY expires_at LIMIT ?`;
    const old = 'expires_at IS NULL AND created_at < ? ORDER BY created_at LIMIT ?';
    const select = 'SELECT key AS id, outcome_blob FROM cache_entry WHERE';
    const rows = await this.#context.all(`${select} ${expired}`, [query.limit]);
    const more = query.limit - rows.length;
    const aged =
      more > 0
        ? await this.#context.all(`${select} ${old}`, [toMicros(query.createdBefore, 'createdBefore'), more])
        : [];
    const all = [...rows, ...aged];
    if (all.length === 0) return 0;
    await noteBlobs(this.#context, all, query.blobsDueAt);
    const keys = syntax.list(all.map((row) => text(row, 'id')));
    return this.#context.run(`DELETE FROM cache_entry WHERE ${syntax.anyOf('key')}`, [keys]);
  }

  removeLooseLogs({ before, limit }: ExpiryQuery): Promise<number> {
    return this.#context.run(
      'DELETE FROM log WHERE sequence IN (SELECT sequence FROM log WHERE flow_run_id IS NULL AND task_run_id IS NULL ' +
        'AND logged_at < ? ORDER BY logged_at LIMIT ?)',
      [toMicros(before, 'before'), limit],
    );
  }

  removeLooseArtifacts({ before, limit }: ExpiryQuery): Promise<number> {
    return this.#context.run(
      'DELETE FROM artifact WHERE id IN (SELECT id FROM artifact WHERE flow_run_id IS NULL AND updated_at < ? ' +
        'ORDER BY updated_at LIMIT ?)',
      [toMicros(before, 'before'), limit],
    );
  }

  async removeDeadSessions({ before, limit }: ExpiryQuery): Promise<number> {
    const sessions = new SqlSessions(this.#context);
    const dead = await this.#context.all('SELECT id FROM session WHERE expires_at < ? ORDER BY id LIMIT ?', [
      toMicros(before, 'before'),
      limit,
    ]);
    for (const row of dead) await sessions.close(text(row, 'id'));
    await this.#context.run(
      `DELETE FROM writer WHERE id IN (SELECT id FROM writer WHERE committed_at < ? ORDER BY id LIMIT ?${this.#context.syntax.skipLocked})`,
      [toMicros(before, 'before'), limit],
    );
    return dead.length;
  }
}

/** Where a page goes on; absent or empty = with the first row. */
function parseCursor(after = ''): { readonly at: number; readonly id: string } {
  const [at = '', id = ''] = after.split(' ');
  return { at: at === '' ? Number.MIN_SAFE_INTEGER : Number(at), id };
}

/** undefined = the page was not full. */
function lastId(rows: readonly Row[], limit: number): string | undefined {
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return last === undefined ? undefined : text(last, 'id');
}
