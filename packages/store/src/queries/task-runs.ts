/** Task runs in SQL: see ports/task-runs.ts for what is promised. */
import type { TaskRunRecord } from '@millrace/kernel';
import type { SqlParameter } from '../sql/dialect.ts';
import { pageLimit } from '../ports/page.ts';
import type { TaskRunCount, TaskRunFilter, TaskRuns } from '../ports/task-runs.ts';
import { integer, tagPattern } from '../sql/columns.ts';
import { taskRunLightSelect, taskRunListSelect, taskRunSelect, toTaskRun } from '../rows/task-run-row.ts';
import { markUnread } from '../rows/unread-outcomes.ts';
import { Conditions, prefixEnd, unfinished } from '../sql/conditions.ts';
import { first, type QueryContext } from './context.ts';

export class SqlTaskRuns implements TaskRuns {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async get(id: string): Promise<TaskRunRecord | undefined> {
    const row = await first(this.#context, `SELECT ${taskRunSelect} FROM task_run WHERE id = ?`, [id]);
    return row === undefined ? undefined : toTaskRun(row);
  }

  async load(ids: readonly string[]): Promise<readonly TaskRunRecord[]> {
    if (ids.length === 0) return [];
    const { syntax } = this.#context;
    const sql = `SELECT ${taskRunSelect} FROM task_run WHERE ${syntax.anyOf('id')} ORDER BY id`;
    return (await this.#context.all(sql, [syntax.list(ids)])).map(toTaskRun);
  }

  async idsByPrefix(prefix: string, limit: number): Promise<readonly string[]> {
    const sql = 'SELECT id FROM task_run WHERE id >= ? AND id < ? ORDER BY id LIMIT ?';
    return (await this.#context.all(sql, [prefix, prefixEnd(prefix), limit])).map((row) => row['id'] as string);
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
    return new Map(rows.map((row) => [row['id'] as string, row['outcome'] as string | null]));
  }

  async list(filter: TaskRunFilter): Promise<readonly TaskRunRecord[]> {
    const conditions = this.#conditions(filter).when(filter.after, 'id < ?');
    const sql = `SELECT ${taskRunListSelect} FROM task_run${conditions.where} ORDER BY id DESC LIMIT ?`;
    return this.#unread(sql, [...conditions.parameters, pageLimit(filter)]);
  }

  async counts(filter: TaskRunFilter): Promise<readonly TaskRunCount[]> {
    const { where, parameters } = this.#conditions(filter);
    const sql =
      `SELECT task_key, state_type, state_name, COUNT(*) AS number FROM task_run${where} ` +
      'GROUP BY task_key, state_type, state_name ORDER BY task_key, state_type, state_name';
    return (await this.#context.all(sql, parameters)).map((row) => ({
      taskKey: row['task_key'] as string,
      type: row['state_type'] as string,
      name: row['state_name'] as string,
      count: row['number'] as number,
    }));
  }

  orphaned(limit: number, graceMs = 0): Promise<readonly TaskRunRecord[]> {
    const sql = `SELECT ${taskRunLightSelect} FROM task_run WHERE ${this.#isOrphaned()} ORDER BY held_by, id LIMIT ?`;
    return this.#unread(sql, [integer(graceMs, 'graceMs'), limit]);
  }

  async takeOrphaned(limit: number, graceMs = 0): Promise<readonly TaskRunRecord[]> {
    const { skipLocked } = this.#context.syntax;
    const sql =
      `UPDATE task_run SET session_id = NULL WHERE id IN (SELECT id FROM task_run WHERE ${this.#isOrphaned()} ` +
      `ORDER BY held_by, id LIMIT ?${skipLocked}) RETURNING ${taskRunLightSelect}`;
    return await this.#unread(sql, [integer(graceMs, 'graceMs'), limit]);
  }

  #isOrphaned(): string {
    return (
      'held_by IS NOT NULL AND NOT EXISTS (SELECT 1 FROM session ' +
      `WHERE session.id = task_run.held_by AND session.expires_at > ${this.#context.syntax.now} - ?)`
    );
  }

  async unfinishedOf(flowRunId: string, limit: number): Promise<readonly TaskRunRecord[]> {
    const sql = `SELECT ${taskRunLightSelect} FROM task_run WHERE flow_run_id = ? AND ${unfinished} ORDER BY id LIMIT ?`;
    return this.#unread(sql, [flowRunId, limit]);
  }

  async remove(ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0;
    const { syntax } = this.#context;
    return this.#context.run(`DELETE FROM task_run WHERE ${syntax.anyOf('id')}`, [syntax.list(ids)]);
  }

  #conditions(filter: TaskRunFilter): Conditions {
    const { syntax } = this.#context;
    const conditions = new Conditions()
      .when(filter.flowRunId, 'flow_run_id = ?')
      .when(filter.parentTaskRunId, 'parent_task_run_id = ?')
      .when(filter.taskKey, 'task_key = ?')
      .when(filter.stateTypes && syntax.list(filter.stateTypes), syntax.anyOf('state_type'))
      .when(filter.stateNames && syntax.list(filter.stateNames), syntax.anyOf('state_name'));
    if (filter.rootFlowRunId !== undefined) {
      const tree = 'flow_run_id IN (SELECT id FROM flow_run WHERE root_flow_run_id = ? UNION ALL SELECT ?)';
      conditions.add(tree, filter.rootFlowRunId, filter.rootFlowRunId);
    }
    for (const tag of filter.tags ?? []) conditions.add(syntax.contains('tags'), tagPattern(tag));
    return conditions;
  }

  async #unread(sql: string, parameters: readonly SqlParameter[]): Promise<readonly TaskRunRecord[]> {
    return (await this.#context.all(sql, parameters)).map((row) => markUnread(toTaskRun(row)));
  }
}
