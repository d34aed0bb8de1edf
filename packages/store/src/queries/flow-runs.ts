/** Flow runs in SQL: see ports/flow-runs.ts for what is promised. */
import {
  type Filter,
  type FlowRunFilter,
  type FlowRunPatch,
  type FlowRunRecord,
  flowRunTree,
  type ListQuery,
  newestFirst,
} from '@millrace/kernel';
import { countRows, listRows } from '../filters/list.ts';
import type { Row, SqlParameter } from '../sql/dialect.ts';
import type { FlowRunHead, FlowRuns } from '../ports/flow-runs.ts';
import { pageLimit } from '../ports/page.ts';
import { flowRunLightSelect, flowRunListSelect, flowRunSelect, toFlowRun } from '../rows/flow-run-row.ts';
import { markUnread } from '../rows/unread-outcomes.ts';
import { toMicros } from '../sql/instants.ts';
import { number, text, textOrNull } from '../sql/read.ts';
import { RunChanged } from '../ports/run-changed.ts';
import { Conditions, prefixEnd, unfinished } from '../sql/conditions.ts';
import { flowRunAmendment } from './amendments.ts';
import { first, lockClause, type QueryContext } from './context.ts';
import { noteFlowRunValues, retireFlowRunTree } from './retire-tree.ts';

const headSelect = 'id, parent_flow_run_id, session_id, token, revision, state_type, state_name';

interface Wanted {
  readonly flowNames?: readonly string[];
  readonly lostWithinMs?: number;
  readonly limit: number;
}

export class SqlFlowRuns implements FlowRuns {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async insertIfAbsent(record: FlowRunRecord): Promise<{ readonly inserted: boolean; readonly run: FlowRunRecord }> {
    const stored = await this.#existing(record);
    if (stored !== undefined) return { inserted: false, run: stored };
    // Held off by the key's lock on PostgreSQL: two inserters of one key come here one after the other.
    await this.#context.lockKey(`${record.flowName}\n${record.idempotencyKey ?? record.id}`);
    const rival = await this.#existing(record);
    if (rival !== undefined) return { inserted: false, run: rival };
    await this.#write(record, '');
    return { inserted: true, run: record };
  }

  async get(id: string): Promise<FlowRunRecord | undefined> {
    return this.#one(`SELECT ${flowRunSelect} FROM flow_run WHERE id = ?`, [id]);
  }

  async getForUpdate(id: string): Promise<FlowRunRecord | undefined> {
    const lock = lockClause(this.#context, 'flow_run', [id]);
    return this.#one(`SELECT ${flowRunSelect} FROM flow_run WHERE id = ?${lock}`, [id]);
  }

  async getUnlocked(id: string): Promise<FlowRunRecord | undefined> {
    this.#context.locks?.take('flow_run', [id]);
    return this.#one(`SELECT ${flowRunSelect} FROM flow_run WHERE id = ?${this.#context.syntax.skipLocked}`, [id]);
  }

  async idsByPrefix(prefix: string, limit: number): Promise<readonly string[]> {
    const sql = 'SELECT id FROM flow_run WHERE id >= ? AND id < ? ORDER BY id LIMIT ?';
    return (await this.#context.all(sql, [prefix, prefixEnd(prefix), limit])).map((row) => text(row, 'id'));
  }

  async getByKey(flowName: string, idempotencyKey: string): Promise<FlowRunRecord | undefined> {
    const sql = `SELECT ${flowRunSelect} FROM flow_run WHERE flow_name = ? AND idempotency_key = ?`;
    return this.#one(sql, [flowName, idempotencyKey]);
  }

  async put(record: FlowRunRecord): Promise<void> {
    await this.#write(record, record.revision);
  }

  async claim(record: FlowRunRecord, sessionId: string): Promise<FlowRunRecord> {
    const { token, revision } = record;
    const next = { sessionId, token: token + 1, revision: this.#context.nextRevision() };
    const written = await this.#context.run(
      'UPDATE flow_run SET session_id = ?, token = ?, revision = ?, driver = NULL WHERE id = ? AND token = ? AND revision = ?',
      [next.sessionId, next.token, next.revision, record.id, token, revision],
    );
    if (written !== 1) throw new RunChanged(record.id);
    const stored = await this.get(record.id);
    if (stored === undefined) throw new RunChanged(record.id);
    return stored;
  }

  list(filter: FlowRunFilter): Promise<readonly FlowRunRecord[]> {
    return this.find({ filter: flowRunTree(filter), ...newestFirst(filter) });
  }

  async find(query: ListQuery<'flow-run'>): Promise<readonly FlowRunRecord[]> {
    const rows = await listRows(this.#context, { resource: 'flow-run', select: flowRunListSelect, query });
    return rows.map((row) => markUnread(toFlowRun(row)));
  }

  count(filter: Filter<'flow-run'>): Promise<number> {
    return countRows(this.#context, 'flow-run', filter);
  }

  async childrenOf(parentFlowRunId: string): Promise<readonly FlowRunRecord[]> {
    const sql = `SELECT ${flowRunLightSelect} FROM flow_run WHERE parent_flow_run_id = ? ORDER BY id`;
    return this.#unread(sql, [parentFlowRunId]);
  }

  async claimable(query: Wanted) {
    const started = await this.#due(query, { index: 'flow_run_wake', startAt: 'NOT NULL' });
    const orphaned = await this.orphaned(query);
    const fresh = await this.#due(query, { index: 'flow_run_fresh', startAt: 'NULL' });
    const lost = query.lostWithinMs === undefined ? [] : await this.#lost(query, query.lostWithinMs);
    return [...started, ...orphaned, ...fresh, ...lost].slice(0, query.limit);
  }

  async orphaned(query: Wanted) {
    const names = this.#flowNames(query.flowNames);
    const { now, indexedBy } = this.#context.syntax;
    const sql =
      `SELECT ${flowRunSelect} FROM flow_run${indexedBy('flow_run_session')} ` +
      `WHERE session_id IS NOT NULL AND ${unfinished} ` +
      'AND parent_flow_run_id IS NULL AND NOT EXISTS (SELECT 1 FROM session ' +
      `WHERE session.id = flow_run.session_id AND session.expires_at > ${now})` +
      `${names.sql} ORDER BY id LIMIT ?`;
    return (await this.#context.all(sql, [...names.parameters, query.limit])).map(toFlowRun);
  }

  async abandoned({
    served,
    graceMs,
    limit,
  }: {
    readonly served: readonly string[];
    readonly graceMs: number;
    readonly limit: number;
  }) {
    const { syntax } = this.#context;
    const { now, indexedBy } = syntax;
    const unserved = `NOT (${syntax.anyOf('flow_name')})`;
    const over = (since: string): string =>
      `NOT EXISTS (SELECT 1 FROM session WHERE session.id = flow_run.session_id AND session.expires_at > ${since})`;
    const dead =
      `SELECT ${flowRunSelect} FROM flow_run${indexedBy('flow_run_session')} ` +
      `WHERE session_id IS NOT NULL AND ${unfinished} AND parent_flow_run_id IS NULL ` +
      `AND ((${over(`${now} - ?`)} AND ${unserved}) OR (state_type = 'CANCELLING' AND ${over(now)})) ORDER BY id LIMIT ?`;
    const left =
      `SELECT ${flowRunSelect} FROM flow_run${indexedBy('flow_run_wake')} ` +
      `WHERE wake_at IS NOT NULL AND start_at IS NOT NULL AND ${unfinished} AND wake_at <= ${now} - ? ` +
      `AND session_id IS NULL AND parent_flow_run_id IS NULL AND state_type = 'RUNNING' AND waiting IS NULL ` +
      `AND ${unserved} ORDER BY wake_at, id LIMIT ?`;
    const parameters = [toMicros(graceMs, 'graceMs'), syntax.list(served), limit];
    const found = [...(await this.#context.all(dead, parameters)), ...(await this.#context.all(left, parameters))];
    return found.slice(0, limit).map(toFlowRun);
  }

  async amend(id: string, patch: FlowRunPatch): Promise<FlowRunRecord | undefined> {
    const run = await this.getForUpdate(id);
    if (run === undefined) return undefined;
    const amendment = flowRunAmendment(patch, run.details);
    if (amendment === undefined) return run;
    if (patch.parameters !== undefined) await noteFlowRunValues(this.#context, this.#context.syntax.list([id]));
    const { assignments, parameters } = amendment;
    const sql = `UPDATE flow_run SET ${assignments}, revision = ? WHERE id = ?`;
    await this.#context.run(sql, [...parameters, this.#context.nextRevision(), id]);
    return this.get(id);
  }

  async seen(id: string): Promise<boolean> {
    const { now } = this.#context.syntax;
    const sql = `UPDATE flow_run SET last_seen_at = ${now} WHERE id = ? AND driver = 'client' AND ${unfinished}`;
    return (await this.#context.run(sql, [id])) === 1;
  }

  async silent({ silentMs, limit }: { readonly silentMs: number; readonly limit: number }) {
    const { now, indexedBy } = this.#context.syntax;
    const sql =
      `SELECT ${flowRunSelect} FROM flow_run${indexedBy('flow_run_last_seen')} WHERE last_seen_at IS NOT NULL ` +
      `AND ${unfinished} AND driver = 'client' AND last_seen_at <= ${now} - ? ORDER BY last_seen_at, id LIMIT ?`;
    return (await this.#context.all(sql, [toMicros(silentMs, 'silentMs'), limit])).map(toFlowRun);
  }

  async letGo(sessionId: string): Promise<number> {
    const { now } = this.#context.syntax;
    const lock = lockClause(this.#context, 'flow_run');
    return this.#context.run(
      `UPDATE flow_run SET session_id = NULL, wake_at = ${now}, revision = ? WHERE id IN (SELECT id FROM flow_run ` +
        `WHERE session_id = ? AND session_id IS NOT NULL AND ${unfinished} ORDER BY id${lock})`,
      [this.#context.nextRevision(), sessionId],
    );
  }

  async heldBy(
    sessionId: string,
    page: { readonly interrupted?: boolean; readonly after?: string; readonly limit: number },
  ): Promise<readonly FlowRunHead[]> {
    const conditions = new Conditions()
      .add('session_id = ? AND session_id IS NOT NULL', sessionId)
      .add(unfinished)
      .when(page.after, 'id > ?');
    if (page.interrupted === true) conditions.add("state_type NOT IN ('PENDING', 'RUNNING')");
    const sql = `SELECT ${headSelect} FROM flow_run${conditions.where} ORDER BY id LIMIT ?`;
    return (await this.#context.all(sql, [...conditions.parameters, pageLimit(page)])).map(toHead);
  }

  async heads(ids: readonly string[]): Promise<readonly FlowRunHead[]> {
    if (ids.length === 0) return [];
    const { syntax } = this.#context;
    const sql = `SELECT ${headSelect} FROM flow_run WHERE ${syntax.anyOf('id')} ORDER BY id`;
    return (await this.#context.all(sql, [syntax.list(ids)])).map(toHead);
  }

  async unfinishedUnder(flowRunId: string, limit: number): Promise<readonly FlowRunRecord[]> {
    const sql =
      'WITH RECURSIVE below (id) AS (SELECT id FROM flow_run WHERE parent_flow_run_id = ? UNION ALL ' +
      'SELECT child.id FROM below JOIN flow_run child ON child.parent_flow_run_id = below.id) ' +
      `SELECT ${flowRunSelect} FROM flow_run WHERE id IN (SELECT id FROM below) AND ${unfinished} ORDER BY id LIMIT ?` +
      lockClause(this.#context, 'flow_run');
    return (await this.#context.all(sql, [flowRunId, limit])).map(toFlowRun);
  }

  retireTree(flowRunId: string): Promise<readonly string[]> {
    return retireFlowRunTree(this.#context, flowRunId);
  }

  /** Those that wake before those that are new: else a sleeper of a busy process would wait behind all that is queued. */
  async #due(query: Wanted, { index, startAt }: { readonly index: string; readonly startAt: 'NULL' | 'NOT NULL' }) {
    const names = this.#flowNames(query.flowNames);
    const { now, indexedBy } = this.#context.syntax;
    const sql =
      `SELECT ${flowRunSelect} FROM flow_run${indexedBy(index)} WHERE wake_at IS NOT NULL AND start_at IS ${startAt} ` +
      `AND ${unfinished} AND wake_at <= ${now} AND session_id IS NULL AND parent_flow_run_id IS NULL` +
      `${names.sql} ORDER BY wake_at, id LIMIT ?`;
    return (await this.#context.all(sql, [...names.parameters, query.limit])).map(toFlowRun);
  }

  async #lost(query: Wanted, withinMs: number): Promise<readonly FlowRunRecord[]> {
    const names = this.#flowNames(query.flowNames);
    const { now, indexedBy } = this.#context.syntax;
    const sql =
      `SELECT ${flowRunSelect} FROM flow_run${indexedBy('flow_run_lost')} WHERE wake_at IS NOT NULL ` +
      `AND state_type = 'CRASHED' AND wake_at > ${now} - ? AND parent_flow_run_id IS NULL${names.sql} ` +
      'ORDER BY wake_at, id LIMIT ?';
    const parameters = [toMicros(withinMs, 'lostWithinMs'), ...names.parameters, query.limit];
    return (await this.#context.all(sql, parameters)).map(toFlowRun);
  }

  async #write(record: FlowRunRecord, expected: string): Promise<void> {
    const before = record.revision;
    const next = this.#context.nextRevision();
    const flows = [{ record, expected, next, parent: null }];
    const outcome = await this.#context.writeRows({ flows, tasks: [], logs: [] });
    if (outcome.flows.size > 0) throw new RunChanged(record.id);
    record.revision = next;
    this.#context.onRollback(() => {
      record.revision = before;
    });
  }

  async #existing(record: FlowRunRecord): Promise<FlowRunRecord | undefined> {
    if (record.idempotencyKey !== null) {
      const stored = await this.getByKey(record.flowName, record.idempotencyKey);
      if (stored !== undefined) return stored;
    }
    return this.get(record.id);
  }

  async #one(sql: string, parameters: readonly SqlParameter[]): Promise<FlowRunRecord | undefined> {
    const row = await first(this.#context, sql, parameters);
    return row === undefined ? undefined : toFlowRun(row);
  }

  async #unread(sql: string, parameters: readonly SqlParameter[]): Promise<readonly FlowRunRecord[]> {
    return (await this.#context.all(sql, parameters)).map((row) => markUnread(toFlowRun(row)));
  }

  #flowNames(flowNames: readonly string[] | undefined): { readonly sql: string; readonly parameters: SqlParameter[] } {
    if (flowNames === undefined) return { sql: '', parameters: [] };
    const { syntax } = this.#context;
    return { sql: ` AND ${syntax.anyOf('flow_name')}`, parameters: [syntax.list(flowNames)] };
  }
}

function toHead(row: Row): FlowRunHead {
  return {
    id: text(row, 'id'),
    parentFlowRunId: textOrNull(row, 'parent_flow_run_id'),
    sessionId: textOrNull(row, 'session_id'),
    token: number(row, 'token'),
    revision: text(row, 'revision'),
    stateType: text(row, 'state_type'),
    stateName: text(row, 'state_name'),
  };
}
