/** Inputs of flow runs in SQL: see ports/run-inputs.ts for what is promised. */
import { pageLimit } from '../ports/page.ts';
import type { RunInputInit, RunInputQuery, RunInputRecord, RunInputs } from '../ports/run-inputs.ts';
import { Conditions, prefixEnd } from '../sql/conditions.ts';
import type { Row } from '../sql/dialect.ts';
import { ms, text, textOrNull } from '../sql/read.ts';
import { first, type QueryContext } from './context.ts';

const columns = 'flow_run_id, key, sender, created_at, value';

export class SqlRunInputs implements RunInputs {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async insert({ flowRunId, key, sender, value }: RunInputInit): Promise<boolean> {
    const { now } = this.#context.syntax;
    const sql = `INSERT INTO run_input (${columns}) VALUES (?, ?, ?, ${now}, ?) ON CONFLICT DO NOTHING`;
    return (await this.#context.run(sql, [flowRunId, key, sender, value])) === 1;
  }

  async get(flowRunId: string, key: string): Promise<RunInputRecord | undefined> {
    const sql = `SELECT ${columns} FROM run_input WHERE flow_run_id = ? AND key = ?`;
    const row = await first(this.#context, sql, [flowRunId, key]);
    return row === undefined ? undefined : toRunInput(row);
  }

  async list(flowRunId: string, { prefix, except, limit }: RunInputQuery): Promise<readonly RunInputRecord[]> {
    const { syntax } = this.#context;
    const conditions = new Conditions()
      .add('flow_run_id = ?', flowRunId)
      .add('key >= ? AND key < ?', prefix, prefixEnd(prefix));
    if (except.length > 0) conditions.add(`NOT (${syntax.anyOf('key')})`, syntax.list(except));
    const sql = `SELECT ${columns} FROM run_input${conditions.where} ORDER BY created_at, key LIMIT ?`;
    return (await this.#context.all(sql, [...conditions.parameters, pageLimit({ limit })])).map(toRunInput);
  }

  async remove(flowRunId: string, key: string): Promise<boolean> {
    const sql = 'DELETE FROM run_input WHERE flow_run_id = ? AND key = ?';
    return (await this.#context.run(sql, [flowRunId, key])) === 1;
  }
}

function toRunInput(row: Row): RunInputRecord {
  return {
    flowRunId: text(row, 'flow_run_id'),
    key: text(row, 'key'),
    value: text(row, 'value'),
    sender: textOrNull(row, 'sender'),
    createdAt: ms(row, 'created_at'),
  };
}
