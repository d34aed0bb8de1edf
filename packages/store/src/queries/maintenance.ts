/**
 * Deleting what is old, in SQL: see ports/maintenance.ts for what is promised.
 *
 * Every statement is bounded by a number of rows and goes by an index, so that none holds the writer for long.
 */
import { referenceColumns } from '../migrations/0002-blobs.ts';
import type { Row } from '../sql/dialect.ts';
import type {
  EndedPage,
  EndedQuery,
  ExpiryQuery,
  Maintenance,
  RemovalKind,
  RemovedRows,
} from '../ports/maintenance.ts';
import { prefixEnd } from '../sql/conditions.ts';
import { first, lockClause, type QueryContext } from './context.ts';
import { noteBlobs, noteRemovals, over, partOfFlowRun, partOfTaskRun } from './removal-parts.ts';
import { SqlSessions } from './sessions.ts';

const isOver = `CASE WHEN ${over} THEN 1 ELSE 0 END AS is_over`;
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
    return row?.['value'] as string;
  }

  async endedFlowRuns(query: EndedQuery): Promise<EndedPage> {
    const sql =
      `SELECT id, parent_flow_run_id AS parent, ${isOver}, ${endAt} AS end_at, created_at FROM flow_run ` +
      'WHERE id > ? ORDER BY id LIMIT ?';
    const rows = await this.#context.all(sql, [query.after ?? '', query.limit]);
    return endedPage(rows, query);
  }

  async endedTaskRuns(query: EndedQuery): Promise<EndedPage> {
    const sql =
      `SELECT id, parent_task_run_id AS parent, ${isOver}, ${endAt} AS end_at, created_at FROM task_run ` +
      'WHERE flow_run_id IS NULL AND id > ? ORDER BY id LIMIT ?';
    const rows = await this.#context.all(sql, [query.after ?? '', query.limit]);
    // A nested task run outlives nobody: each goes by its own end.
    return endedPage(
      rows.map((row) => ({ ...row, parent: null })),
      query,
    );
  }

  async retireFlowRun(id: string, { endedBefore, blobsDueAt }: Retirement): Promise<boolean> {
    const sql =
      `SELECT ${isOver}, ${endAt} AS end_at, parent_flow_run_id, outcome_blob, parameters_blob FROM flow_run ` +
      `WHERE id = ?${lockClause(this.#context, 'flow_run', [id])}`;
    const run = await first(this.#context, sql, [id]);
    if (run === undefined || run['parent_flow_run_id'] !== null || run['is_over'] === 0) return false;
    if ((run['end_at'] as number) >= endedBefore) return false;
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
      [syntax.list(ids), endedBefore],
    );
    const found = rows.map((row) => row['id'] as string);
    if (found.length === 0) return 0;
    await noteRemovals(this.#context, { kind: 'task-run', ids: found, dueAt: 0 });
    await noteBlobs(this.#context, rows, blobsDueAt);
    return this.#context.run(`DELETE FROM task_run WHERE ${syntax.anyOf('id')}`, [syntax.list(found)]);
  }

  async removals(kind: RemovalKind, limit: number): Promise<readonly string[]> {
    const sql = `SELECT id FROM removal WHERE kind = ? AND due_at <= ${this.#context.syntax.now} ORDER BY id LIMIT ?`;
    return (await this.#context.all(sql, [kind, limit])).map((row) => row['id'] as string);
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
    const gone = rows.filter((row) => row['is_there'] === 0).map((row) => row['id'] as string);
    return { ids: gone, after: rows.length === limit ? (rows.at(-1)?.['id'] as string) : undefined };
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
    const aged = more > 0 ? await this.#context.all(`${select} ${old}`, [query.createdBefore, more]) : [];
    const all = [...rows, ...aged];
    if (all.length === 0) return 0;
    await noteBlobs(this.#context, all, query.blobsDueAt);
    const keys = syntax.list(all.map((row) => row['id'] as string));
    return this.#context.run(`DELETE FROM cache_entry WHERE ${syntax.anyOf('key')}`, [keys]);
  }

  removeLooseLogs({ before, limit }: ExpiryQuery): Promise<number> {
    return this.#context.run(
      'DELETE FROM log WHERE sequence IN (SELECT sequence FROM log WHERE flow_run_id IS NULL AND task_run_id IS NULL ' +
        'AND logged_at < ? ORDER BY logged_at LIMIT ?)',
      [before, limit],
    );
  }

  removeLooseArtifacts({ before, limit }: ExpiryQuery): Promise<number> {
    return this.#context.run(
      'DELETE FROM artifact WHERE id IN (SELECT id FROM artifact WHERE flow_run_id IS NULL AND updated_at < ? ' +
        'ORDER BY updated_at LIMIT ?)',
      [before, limit],
    );
  }

  async removeDeadSessions({ before, limit }: ExpiryQuery): Promise<number> {
    const sessions = new SqlSessions(this.#context);
    const dead = await this.#context.all('SELECT id FROM session WHERE expires_at < ? ORDER BY id LIMIT ?', [
      before,
      limit,
    ]);
    for (const row of dead) await sessions.close(row['id'] as string);
    await this.#context.run(
      `DELETE FROM writer WHERE id IN (SELECT id FROM writer WHERE committed_at < ? ORDER BY id LIMIT ?${this.#context.syntax.skipLocked})`,
      [before, limit],
    );
    return dead.length;
  }
}

function endedPage(rows: readonly Row[], { endedBefore, limit }: EndedQuery): EndedPage {
  const old = rows.filter(
    (row) => row['parent'] === null && row['is_over'] === 1 && (row['end_at'] as number) < endedBefore,
  );
  const last = rows.at(-1);
  // Ids grow with creation: what was made after the instant can't have ended before it.
  const more = rows.length === limit && (last?.['created_at'] as number) < endedBefore;
  return { ids: old.map((row) => row['id'] as string), after: more ? (last?.['id'] as string) : undefined };
}
