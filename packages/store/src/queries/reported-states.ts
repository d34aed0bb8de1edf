/** Ids of reported states in SQL: see ports/reported-states.ts. */
import type { ReportedStateId, ReportedStates } from '../ports/reported-states.ts';
import { text } from '../sql/read.ts';
import { first, type QueryContext } from './context.ts';

export class SqlReportedStates implements ReportedStates {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async add(states: readonly ReportedStateId[]): Promise<void> {
    for (const { id, runId, runKind } of states) {
      const sql = 'INSERT INTO reported_state (id, run_id, run_kind) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING';
      await this.#context.run(sql, [id, runId, runKind]);
    }
  }

  async get(id: string): Promise<ReportedStateId | undefined> {
    const row = await first(this.#context, 'SELECT run_id, run_kind FROM reported_state WHERE id = ?', [id]);
    if (row === undefined) return undefined;
    return { id, runId: text(row, 'run_id'), runKind: text(row, 'run_kind') === 'flow' ? 'flow' : 'task' };
  }
}
