/** Task runs in SQL: see ports/task-runs.ts for what is promised. */
import {
  type Filter,
  type ListQuery,
  newestFirst,
  type TaskRunFilter,
  type TaskRunPatch,
  type TaskRunRecord,
  taskRunTree,
} from '@millrace/kernel';
import { countGroups, countRows, listRows } from '../filters/list.ts';
import type { SqlParameter } from '../sql/dialect.ts';
import type { OrphanedTaskQuery, TaskRunCount, TaskRunIdentity, TaskRuns } from '../ports/task-runs.ts';
import { toMicros } from '../sql/instants.ts';
import { number, text, textOrNull } from '../sql/read.ts';
import { taskRunLightSelect, taskRunListSelect, taskRunSelect, toTaskRun } from '../rows/task-run-row.ts';
import { markUnread } from '../rows/unread-outcomes.ts';
import { prefixEnd, unfinished } from '../sql/conditions.ts';
import { taskRunAmendment } from './amendments.ts';
import { first, lockClause, type QueryContext } from './context.ts';

export class SqlTaskRuns implements TaskRuns {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async get(id: string): Promise<TaskRunRecord | undefined> {
    const row = await first(this.#context, `SELECT ${taskRunSelect} FROM task_run WHERE id = ?`, [id]);
    return row === undefined ? undefined : toTaskRun(row);
  }

  async getForUpdate(id: string): Promise<TaskRunRecord | undefined> {
    const lock = lockClause(this.#context, 'task_run', [id]);
    const row = await first(this.#context, `SELECT ${taskRunSelect} FROM task_run WHERE id = ?${lock}`, [id]);
    return row === undefined ? undefined : toTaskRun(row);
  }

  async reserve(run: TaskRunIdentity): Promise<TaskRunRecord | undefined> {
    const stored = await this.#idOf(run);
    if (stored !== undefined) return await this.getForUpdate(stored);
    // Held off by the key's lock on PostgreSQL: two that would make one run come here one after the other.
    const { id, flowRunId, taskKey, dynamicKey } = run;
    await this.#context.lockKey(dynamicKey === null ? id : `${flowRunId}\n${taskKey}\n${dynamicKey}`);
    const rival = await this.#idOf(run);
    return rival === undefined ? undefined : await this.getForUpdate(rival);
  }

  async #idOf({ id, flowRunId, taskKey, dynamicKey }: TaskRunIdentity): Promise<string | undefined> {
    const byId = await first(this.#context, 'SELECT id FROM task_run WHERE id = ?', [id]);
    if (byId !== undefined || dynamicKey === null) return byId === undefined ? undefined : id;
    const sql = 'SELECT id FROM task_run WHERE flow_run_id = ? AND task_key = ? AND dynamic_key = ?';
    const byKeys = await first(this.#context, sql, [flowRunId, taskKey, dynamicKey]);
    return byKeys === undefined ? undefined : text(byKeys, 'id');
  }

  async load(ids: readonly string[]): Promise<readonly TaskRunRecord[]> {
    if (ids.length === 0) return [];
    const { syntax } = this.#context;
    const sql = `SELECT ${taskRunSelect} FROM task_run WHERE ${syntax.anyOf('id')} ORDER BY id`;
    return (await this.#context.all(sql, [syntax.list(ids)])).map(toTaskRun);
  }

  async idsByPrefix(prefix: string, limit: number): Promise<readonly string[]> {
    const sql = 'SELECT id FROM task_run WHERE id >= ? AND id < ? ORDER BY id LIMIT ?';
    return (await this.#context.all(sql, [prefix, prefixEnd(prefix), limit])).map((row) => text(row, 'id'));
  }

  async put(records: readonly TaskRunRecord[]): Promise<void> {
    if (records.length === 0) return;
    const latest = new Map(records.map((record) => [record.id, record]));
    await this.#context.writeRows({ flows: [], tasks: [{ fence: null, records: [...latest.values()] }], logs: [] });
  }

  async recorded(flowRunId: string): Promise<readonly TaskRunRecord[]> {
    return this.#unread(`SELECT ${taskRunLightSelect} FROM task_run WHERE flow_run_id = ? ORDER BY id`, [flowRunId]);
  }

  async outcomes(ids: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    if (ids.length === 0) return new Map();
    const { syntax } = this.#context;
    const sql = `SELECT id, outcome FROM task_run WHERE ${syntax.anyOf('id')}`;
    const rows = await this.#context.all(sql, [syntax.list(ids)]);
    return new Map(rows.map((row) => [text(row, 'id'), textOrNull(row, 'outcome')]));
  }

  list(filter: TaskRunFilter): Promise<readonly TaskRunRecord[]> {
    return this.find({ filter: taskRunTree(filter), ...newestFirst(filter) });
  }

  async find(query: ListQuery<'task-run'>): Promise<readonly TaskRunRecord[]> {
    const rows = await listRows(this.#context, { resource: 'task-run', select: taskRunListSelect, query });
    return rows.map((row) => markUnread(toTaskRun(row)));
  }

  count(filter: Filter<'task-run'>): Promise<number> {
    return countRows(this.#context, 'task-run', filter);
  }

  async counts(filter: TaskRunFilter): Promise<readonly TaskRunCount[]> {
    const by = ['task_key', 'state_type', 'state_name'];
    const rows = await countGroups(this.#context, { resource: 'task-run', filter: taskRunTree(filter), by });
    return rows.map((row) => ({
      taskKey: text(row, 'task_key'),
      type: text(row, 'state_type'),
      name: text(row, 'state_name'),
      count: number(row, 'number'),
    }));
  }

  orphaned(limit: number, query: OrphanedTaskQuery = {}): Promise<readonly TaskRunRecord[]> {
    const sql = `SELECT ${taskRunLightSelect} FROM task_run WHERE ${this.#isOrphaned()} ORDER BY held_by, id LIMIT ?`;
    return this.#unread(sql, [...orphanedParameters(query), limit]);
  }

  async takeOrphaned(limit: number, query: OrphanedTaskQuery = {}): Promise<readonly TaskRunRecord[]> {
    const { skipLocked } = this.#context.syntax;
    const sql =
      `UPDATE task_run SET session_id = NULL WHERE id IN (SELECT id FROM task_run WHERE ${this.#isOrphaned()} ` +
      `ORDER BY held_by, id LIMIT ?${skipLocked}) RETURNING ${taskRunLightSelect}`;
    return await this.#unread(sql, [...orphanedParameters(query), limit]);
  }

  #isOrphaned(): string {
    return (
      'held_by IS NOT NULL AND held_by <> ? AND NOT EXISTS (SELECT 1 FROM session ' +
      `WHERE session.id = task_run.held_by AND session.expires_at > ${this.#context.syntax.now} - ?)`
    );
  }

  async leftOpen(limit: number, graceMs: number): Promise<readonly TaskRunRecord[]> {
    const { now, indexedBy } = this.#context.syntax;
    const ended =
      "SELECT 1 FROM flow_run WHERE flow_run.id = task_run.flow_run_id AND flow_run.driver = 'client' " +
      `AND flow_run.end_at <= ${now} - ?`;
    const sql =
      `SELECT ${taskRunLightSelect} FROM task_run${indexedBy('task_run_reported')} ` +
      `WHERE dynamic_key IS NOT NULL AND ${unfinished} AND EXISTS (${ended}) ORDER BY flow_run_id, id LIMIT ?`;
    return this.#unread(sql, [toMicros(graceMs, 'graceMs'), limit]);
  }

  async unfinishedOf(flowRunId: string, limit: number): Promise<readonly TaskRunRecord[]> {
    const sql = `SELECT ${taskRunLightSelect} FROM task_run WHERE flow_run_id = ? AND ${unfinished} ORDER BY id LIMIT ?`;
    return this.#unread(sql, [flowRunId, limit]);
  }

  async amend(id: string, patch: TaskRunPatch): Promise<TaskRunRecord | undefined> {
    const sql = `SELECT ${taskRunSelect} FROM task_run WHERE id = ?${lockClause(this.#context, 'task_run', [id])}`;
    const row = await first(this.#context, sql, [id]);
    if (row === undefined) return undefined;
    const run = toTaskRun(row);
    const amendment = taskRunAmendment(patch, run.details);
    if (amendment === undefined) return run;
    const { assignments, parameters } = amendment;
    await this.#context.run(`UPDATE task_run SET ${assignments} WHERE id = ?`, [...parameters, id]);
    return this.get(id);
  }

  async remove(ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0;
    const { syntax } = this.#context;
    return this.#context.run(`DELETE FROM task_run WHERE ${syntax.anyOf('id')}`, [syntax.list(ids)]);
  }

  async #unread(sql: string, parameters: readonly SqlParameter[]): Promise<readonly TaskRunRecord[]> {
    return (await this.#context.all(sql, parameters)).map((row) => markUnread(toTaskRun(row)));
  }
}

function orphanedParameters({ graceMs = 0, exceptSessionId = '' }: OrphanedTaskQuery): readonly SqlParameter[] {
  return [exceptSessionId, toMicros(graceMs, 'graceMs')];
}
