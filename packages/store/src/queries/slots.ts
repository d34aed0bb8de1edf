/**
 * Concurrency limits in SQL. A slot is a row; it counts while its session lives or, for a rate slot, until it has decayed.
 * Nothing is ever counted in a number that could drift from its holders (law 5).
 */
import type { Row } from '../sql/dialect.ts';
import type { LimitInit, LimitUsage, SlotHold, SlotHolder, Slots } from '../ports/coordination.ts';
import { type PageRequest, pageLimit } from '../ports/page.ts';
import { integer } from '../sql/columns.ts';
import { Conditions } from '../sql/conditions.ts';
import { first, lockClause, type QueryContext } from './context.ts';

/** Decayed slots that one taking clears away. */
const decayedMax = 100;
const limitColumns = 'name, slots, decay_per_second, active';

export class SqlSlots implements Slots {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async setLimit({ name, limit, slotDecayPerSecond, active }: LimitInit): Promise<void> {
    await this.#context.run(
      `INSERT INTO slot_limit (${limitColumns}) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET ` +
        'slots = excluded.slots, decay_per_second = excluded.decay_per_second, active = excluded.active',
      [name, integer(limit, 'limit'), slotDecayPerSecond, active ? 1 : 0],
    );
  }

  async getLimit(name: string): Promise<LimitUsage | undefined> {
    return (await this.#usage([name], ''))[0];
  }

  async listLimits(page?: PageRequest): Promise<readonly LimitUsage[]> {
    const conditions = new Conditions().when(page?.after, 'name > ?');
    const sql = `SELECT name FROM slot_limit${conditions.where} ORDER BY name LIMIT ?`;
    const rows = await this.#context.all(sql, [...conditions.parameters, pageLimit(page)]);
    return this.#usage(
      rows.map((row) => row['name'] as string),
      '',
    );
  }

  async removeLimit(name: string): Promise<boolean> {
    await this.#context.run('DELETE FROM slot WHERE limit_name = ?', [name]);
    return (await this.#context.run('DELETE FROM slot_limit WHERE name = ?', [name])) === 1;
  }

  lock(names: readonly string[]): Promise<readonly LimitUsage[]> {
    return this.#usage(names, lockClause(this.#context, 'slot_limit', names));
  }

  async hold(hold: SlotHold): Promise<void> {
    for (const name of new Set(hold.names)) {
      if (hold.mode === 'rate') await this.#removeDecayed(name);
      const expiresAt = hold.mode === 'rate' ? await this.#decayedAt(name, hold.occupy) : null;
      await this.#context.run(
        'INSERT INTO slot (lease_id, limit_name, occupy, holder_id, session_id, acquired_at, expires_at) ' +
          `VALUES (?, ?, ?, ?, ?, ${this.#context.syntax.now}, ?)`,
        [hold.leaseId, name, integer(hold.occupy, 'occupy'), hold.holderId, hold.sessionId, expiresAt],
      );
    }
  }

  async release(leaseId: string): Promise<boolean> {
    return (await this.#context.run('DELETE FROM slot WHERE lease_id = ? AND expires_at IS NULL', [leaseId])) > 0;
  }

  releaseHeldBy(holderId: string): Promise<number> {
    return this.#context.run('DELETE FROM slot WHERE holder_id = ? AND expires_at IS NULL', [holderId]);
  }

  async holders(name: string, limit: number): Promise<readonly SlotHolder[]> {
    const sql =
      'SELECT lease_id, holder_id, session_id, occupy, acquired_at, expires_at FROM slot WHERE limit_name = ? ' +
      `AND ${this.#counts()} ORDER BY acquired_at, lease_id LIMIT ?`;
    return (await this.#context.all(sql, [name, limit])).map(toHolder);
  }

  sweep(limit: number): Promise<number> {
    const spent = `SELECT lease_id, limit_name FROM slot WHERE NOT (${this.#counts()}) LIMIT ?${this.#context.syntax.skipLocked}`;
    return this.#context.run(`DELETE FROM slot WHERE (lease_id, limit_name) IN (${spent})`, [limit]);
  }

  /** A plain script has nobody who sweeps: else each taking would read all that were ever taken. */
  async #removeDecayed(name: string): Promise<void> {
    const decayed =
      `SELECT lease_id FROM slot WHERE limit_name = ? AND expires_at <= ${this.#context.syntax.now} ` +
      `ORDER BY expires_at LIMIT ?${this.#context.syntax.skipLocked}`;
    const sql = `DELETE FROM slot WHERE limit_name = ? AND lease_id IN (${decayed})`;
    await this.#context.run(sql, [name, name, decayedMax]);
  }

  /** Whether a row of `slot` counts: a held one without a session counts until it is released. */
  #counts(): string {
    const { now } = this.#context.syntax;
    const alive = `EXISTS (SELECT 1 FROM session WHERE session.id = slot.session_id AND session.expires_at > ${now})`;
    return `CASE WHEN expires_at IS NOT NULL THEN expires_at > ${now} WHEN session_id IS NULL THEN 1 = 1 ELSE ${alive} END`;
  }

  /** Slots come back one after another, so the rate is slotDecayPerSecond whatever the limit is (Prefect's decay). */
  async #decayedAt(name: string, occupy: number): Promise<number> {
    const { now } = this.#context.syntax;
    const row = await first(
      this.#context,
      `SELECT decay_per_second, ${now} AS now, (SELECT MAX(expires_at) FROM slot WHERE limit_name = name) AS last ` +
        'FROM slot_limit WHERE name = ?',
      [name],
    );
    const decay = row?.['decay_per_second'] as number | undefined;
    if (row === undefined || decay === undefined || decay <= 0) {
      throw new RangeError(`limit ${name} has no slotDecayPerSecond: it can't be used as a rate`);
    }
    const from = Math.max(row['now'] as number, (row['last'] ?? 0) as number);
    // Not in whole milliseconds: rounded, 700 a second would be 1,000, and 2,500 no limit.
    return from + (occupy * 1000) / decay;
  }

  async #usage(names: readonly string[], lock: string): Promise<readonly LimitUsage[]> {
    if (names.length === 0) return [];
    const { syntax } = this.#context;
    const list = syntax.list([...new Set(names)]);
    const limits = await this.#context.all(
      `SELECT ${limitColumns} FROM slot_limit WHERE ${syntax.anyOf('name')} ORDER BY name${lock}`,
      [list],
    );
    if (limits.length === 0) return [];
    const used = await this.#context.all(
      'SELECT limit_name, CAST(SUM(occupy) AS BIGINT) AS occupied, MIN(expires_at) AS next_free_at FROM slot ' +
        `WHERE ${syntax.anyOf('limit_name')} AND ${this.#counts()} GROUP BY limit_name`,
      [list],
    );
    const byName = new Map(used.map((row) => [row['limit_name'], row]));
    return limits.map((row) => toUsage(row, byName.get(row['name'] ?? null)));
  }
}

function toUsage(row: Row, used: Row | undefined): LimitUsage {
  return {
    name: row['name'] as string,
    limit: row['slots'] as number,
    slotDecayPerSecond: row['decay_per_second'] as number,
    active: row['active'] === 1,
    occupied: (used?.['occupied'] ?? 0) as number,
    nextFreeAt: instant(used?.['next_free_at']),
  };
}

function toHolder(row: Row): SlotHolder {
  return {
    leaseId: row['lease_id'] as string,
    holderId: row['holder_id'] as string,
    sessionId: row['session_id'] as string | null,
    occupy: row['occupy'] as number,
    acquiredAt: row['acquired_at'] as number,
    expiresAt: instant(row['expires_at']),
  };
}

/** The first whole millisecond at which the slot is free. */
function instant(expiresAt: Row[string] | undefined): number | null {
  return typeof expiresAt === 'number' ? Math.ceil(expiresAt) : null;
}
