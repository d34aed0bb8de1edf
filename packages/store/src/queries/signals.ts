/** Signals in SQL: see ports/coordination.ts for what is promised. */
import type { Row } from '../sql/dialect.ts';
import type { SignalInit, SignalRecord, Signals } from '../ports/coordination.ts';
import { type PageRequest, pageLimit } from '../ports/page.ts';
import { msOrNull, ms, text, textOrNull } from '../sql/read.ts';
import { Conditions } from '../sql/conditions.ts';
import { first, type QueryContext } from './context.ts';

const columns = 'id, flow_run_id, name, payload, idempotency_key, sent_at, taken_at';

export class SqlSignals implements Signals {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async send(signal: SignalInit): Promise<boolean> {
    const sql =
      `INSERT INTO signal (${columns}) VALUES (?, ?, ?, ?, ?, ${this.#context.syntax.now}, NULL) ` +
      'ON CONFLICT DO NOTHING';
    const { id, flowRunId, name, payload, idempotencyKey } = signal;
    return (await this.#context.run(sql, [id, flowRunId, name, payload, idempotencyKey])) === 1;
  }

  async takeOldest(flowRunId: string, name: string): Promise<SignalRecord | undefined> {
    const { syntax } = this.#context;
    const row = await first(
      this.#context,
      `UPDATE signal SET taken_at = ${syntax.now} WHERE id = (SELECT id FROM signal WHERE flow_run_id = ? ` +
        `AND name = ? AND taken_at IS NULL ORDER BY sent_at, id LIMIT 1${syntax.skipLocked}) RETURNING ${columns}`,
      [flowRunId, name],
    );
    return row === undefined ? undefined : toSignal(row);
  }

  async hasUntaken(flowRunId: string, names: readonly string[]): Promise<boolean> {
    if (names.length === 0) return false;
    const { syntax } = this.#context;
    const sql = `SELECT 1 FROM signal WHERE flow_run_id = ? AND ${syntax.anyOf('name')} AND taken_at IS NULL LIMIT 1`;
    return (await first(this.#context, sql, [flowRunId, syntax.list(names)])) !== undefined;
  }

  async list(flowRunId: string, page?: PageRequest): Promise<readonly SignalRecord[]> {
    const conditions = new Conditions().add('flow_run_id = ?', flowRunId).when(page?.after, 'id > ?');
    const sql = `SELECT ${columns} FROM signal${conditions.where} ORDER BY id LIMIT ?`;
    return (await this.#context.all(sql, [...conditions.parameters, pageLimit(page)])).map(toSignal);
  }
}

function toSignal(row: Row): SignalRecord {
  return {
    id: text(row, 'id'),
    flowRunId: text(row, 'flow_run_id'),
    name: text(row, 'name'),
    payload: text(row, 'payload'),
    idempotencyKey: textOrNull(row, 'idempotency_key'),
    sentAt: ms(row, 'sent_at'),
    takenAt: msOrNull(row, 'taken_at'),
  };
}
