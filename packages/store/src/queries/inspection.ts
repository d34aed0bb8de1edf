/** Reading for checks in SQL: see ports/inspection.ts for what is promised. */
import type { Inspection, RunTable } from '../ports/inspection.ts';
import { Conditions } from '../sql/conditions.ts';
import { text } from '../sql/read.ts';
import { first, type QueryContext } from './context.ts';

export class SqlInspection implements Inspection {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async nextId(table: RunTable, after?: string): Promise<string | undefined> {
    const conditions = new Conditions().when(after, 'id < ?');
    const sql = `SELECT id FROM ${table}${conditions.where} ORDER BY id DESC LIMIT 1`;
    const row = await first(this.#context, sql, conditions.parameters);
    return row === undefined ? undefined : text(row, 'id');
  }

  async repeatedKeys(flowRunId: string, limit: number): Promise<readonly string[]> {
    const sql =
      'SELECT replay_key FROM (SELECT replay_key FROM task_run WHERE flow_run_id = ? UNION ALL ' +
      'SELECT replay_key FROM flow_run WHERE parent_flow_run_id = ? AND replay_key IS NOT NULL) AS child ' +
      'GROUP BY replay_key HAVING COUNT(*) > 1 ORDER BY replay_key LIMIT ?';
    const rows = await this.#context.all(sql, [flowRunId, flowRunId, limit]);
    return rows.map((row) => text(row, 'replay_key'));
  }
}
