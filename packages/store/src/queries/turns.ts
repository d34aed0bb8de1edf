/** Turns of services in SQL: see ports/maintenance.ts for what is promised. */
import type { Turns } from '../ports/maintenance.ts';
import { toMicros } from '../sql/instants.ts';
import { number } from '../sql/read.ts';
import { first, type QueryContext } from './context.ts';

export class SqlTurns implements Turns {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async take(turn: {
    readonly name: string;
    readonly holderId: string;
    readonly ttlMs: number;
    readonly everyMs: number;
  }): Promise<number | undefined> {
    const { name, holderId } = turn;
    const { now } = this.#context.syntax;
    const ttl = toMicros(turn.ttlMs, 'ttlMs');
    const written = await this.#context.run(
      `INSERT INTO service_turn (name, holder_id, token, expires_at) VALUES (?, ?, 1, ${now} + ?) ` +
        'ON CONFLICT (name) DO UPDATE SET holder_id = excluded.holder_id, token = service_turn.token + 1, ' +
        `expires_at = excluded.expires_at WHERE service_turn.expires_at <= ${now} ` +
        `AND (service_turn.ended_at IS NULL OR service_turn.ended_at + ? <= ${now})`,
      [name, holderId, ttl, toMicros(turn.everyMs, 'everyMs')],
    );
    if (written === 0) return undefined;
    const row = await first(this.#context, 'SELECT token FROM service_turn WHERE name = ?', [name]);
    return row === undefined ? undefined : number(row, 'token');
  }

  async extend({ name, token, ttlMs }: { readonly name: string; readonly token: number; readonly ttlMs: number }) {
    const { now } = this.#context.syntax;
    const sql = `UPDATE service_turn SET expires_at = ${now} + ? WHERE name = ? AND token = ?`;
    return (await this.#context.run(sql, [toMicros(ttlMs, 'ttlMs'), name, token])) === 1;
  }

  async end(turn: { readonly name: string; readonly token: number; readonly complete: boolean }): Promise<boolean> {
    const { now } = this.#context.syntax;
    const ended = turn.complete ? `, ended_at = ${now}` : '';
    const sql = `UPDATE service_turn SET expires_at = ${now}${ended} WHERE name = ? AND token = ?`;
    return (await this.#context.run(sql, [turn.name, turn.token])) === 1;
  }
}
