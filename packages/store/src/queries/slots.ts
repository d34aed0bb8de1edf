/**
 * Concurrency limits in SQL. A slot is a row; it counts while its session lives or, for a rate slot, until it has decayed.
 * Nothing is ever counted in a number that could drift from its holders (law 5).
 */
import type { Row } from '../sql/dialect.ts';
import type { LimitInit, LimitUsage, SlotHold, SlotHolder, Slots } from '../ports/coordination.ts';
import { type PageRequest, pageLimit } from '../ports/page.ts';
import { integer } from '../sql/columns.ts';
import { toMicros, toMicrosOrNull, wholeMsAfter } from '../sql/instants.ts';
import { flag, ms, msOrNull, number, numberOrNull, text, textOrNull } from '../sql/read.ts';
import { Conditions } from '../sql/conditions.ts';
import { first, lockClause, type QueryContext } from './context.ts';

/** Decayed slots that one taking clears away. */
const decayedMax = 100;
/** Taken without a lease: held by no session, no run and no client. */
const anonymous = 'holder_id IS NULL AND session_id IS NULL AND lease_until IS NULL AND expires_at IS NULL';
const limitColumns = 'name, id, slots, decay_per_second, active, created_at, updated_at';

export class SqlSlots implements Slots {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async setLimit({ name, limit, slotDecayPerSecond, active }: LimitInit): Promise<void> {
    const { now } = this.#context.syntax;
    await this.#context.run(
      `INSERT INTO slot_limit (${limitColumns}) VALUES (?, ?, ?, ?, ?, ${now}, ${now}) ON CONFLICT (name) DO UPDATE SET ` +
        'slots = excluded.slots, decay_per_second = excluded.decay_per_second, active = excluded.active, ' +
        'updated_at = excluded.updated_at',
      [name, this.#context.uniqueId(), integer(limit, 'limit'), slotDecayPerSecond, active ? 1 : 0],
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
      rows.map((row) => text(row, 'name')),
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
      const { now } = this.#context.syntax;
      await this.#context.run(
        'INSERT INTO slot (lease_id, limit_name, occupy, holder_id, session_id, acquired_at, lease_until, expires_at) ' +
          `VALUES (?, ?, ?, ?, ?, ${now}, ${now} + ?, ?)`,
        [
          hold.leaseId,
          name,
          integer(hold.occupy, 'occupy'),
          hold.holderId,
          hold.sessionId,
          toMicrosOrNull(hold.leaseMs ?? null, 'leaseMs'),
          expiresAt,
        ],
      );
    }
  }

  async release(leaseId: string): Promise<boolean> {
    return (await this.#context.run('DELETE FROM slot WHERE lease_id = ? AND expires_at IS NULL', [leaseId])) > 0;
  }

  async extend(leaseId: string, leaseMs: number): Promise<boolean> {
    const { now } = this.#context.syntax;
    const sql = `UPDATE slot SET lease_until = ${now} + ? WHERE lease_id = ? AND lease_until > ${now}`;
    return (await this.#context.run(sql, [toMicros(leaseMs, 'leaseMs'), leaseId])) > 0;
  }

  async releaseAnonymous(name: string, count: number): Promise<number> {
    const oldest = `SELECT lease_id, occupy FROM slot WHERE limit_name = ? AND ${anonymous} ORDER BY acquired_at, lease_id LIMIT ?`;
    let left = count;
    for (const row of await this.#context.all(oldest, [name, count])) {
      const leaseId = text(row, 'lease_id');
      const occupy = number(row, 'occupy');
      if (occupy > left) {
        const sql = 'UPDATE slot SET occupy = occupy - ? WHERE lease_id = ? AND limit_name = ?';
        await this.#context.run(sql, [left, leaseId, name]);
        return count;
      }
      await this.#context.run('DELETE FROM slot WHERE lease_id = ? AND limit_name = ?', [leaseId, name]);
      left -= occupy;
      if (left === 0) return count;
    }
    return count - left;
  }

  releaseHeldBy(holderId: string): Promise<number> {
    return this.#context.run('DELETE FROM slot WHERE holder_id = ? AND expires_at IS NULL', [holderId]);
  }

  async holders(name: string, limit: number): Promise<readonly SlotHolder[]> {
    const sql =
      'SELECT lease_id, holder_id, session_id, occupy, acquired_at, lease_until, expires_at FROM slot WHERE limit_name = ? ' +
      `AND ${this.#counts()} ORDER BY acquired_at, lease_id LIMIT ?`;
    return (await this.#context.all(sql, [name, limit])).map(toHolder);
  }

  sweep(limit: number): Promise<number> {
    const spent = `SELECT lease_id, limit_name FROM slot WHERE NOT (${this.#counts()}) LIMIT ?${this.#context.syntax.skipLocked}`;
    return this.#context.run(`DELETE FROM slot WHERE (lease_id, limit_name) IN (${spent})`, [limit]);
  }

  /** Scripts run no sweeper, so decayed slots are deleted here; otherwise every acquire would scan all past slots. */
  async #removeDecayed(name: string): Promise<void> {
    const decayed =
      `SELECT lease_id FROM slot WHERE limit_name = ? AND expires_at <= ${this.#context.syntax.now} ` +
      `ORDER BY expires_at LIMIT ?${this.#context.syntax.skipLocked}`;
    const sql = `DELETE FROM slot WHERE limit_name = ? AND lease_id IN (${decayed})`;
    await this.#context.run(sql, [name, name, decayedMax]);
  }

  /** Whether a row of `slot` counts: a held one without a session and a lease of its own counts until it is released. */
  #counts(): string {
    const { now } = this.#context.syntax;
    const alive = `EXISTS (SELECT 1 FROM session WHERE session.id = slot.session_id AND session.expires_at > ${now})`;
    return (
      `CASE WHEN expires_at IS NOT NULL THEN expires_at > ${now} WHEN lease_until IS NOT NULL THEN lease_until > ${now} ` +
      `WHEN session_id IS NULL THEN 1 = 1 ELSE ${alive} END`
    );
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
    const decay = row === undefined ? 0 : number(row, 'decay_per_second');
    if (row === undefined || decay <= 0) {
      throw new RangeError(`limit ${name} has no slotDecayPerSecond: it can't be used as a rate`);
    }
    const from = Math.max(number(row, 'now'), numberOrNull(row, 'last') ?? 0);
    // Rounded up: a slot that came back early would let more than the rate through.
    return from + Math.ceil((occupy * 1_000_000) / decay);
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
    id: text(row, 'id'),
    name: text(row, 'name'),
    limit: number(row, 'slots'),
    slotDecayPerSecond: number(row, 'decay_per_second'),
    active: flag(row, 'active'),
    createdAt: ms(row, 'created_at'),
    updatedAt: ms(row, 'updated_at'),
    occupied: used === undefined ? 0 : number(used, 'occupied'),
    nextFreeAt: used === undefined ? null : freeAt(used, 'next_free_at'),
  };
}

function toHolder(row: Row): SlotHolder {
  return {
    leaseId: text(row, 'lease_id'),
    holderId: textOrNull(row, 'holder_id'),
    sessionId: textOrNull(row, 'session_id'),
    occupy: number(row, 'occupy'),
    acquiredAt: ms(row, 'acquired_at'),
    leaseUntil: msOrNull(row, 'lease_until'),
    expiresAt: freeAt(row, 'expires_at'),
  };
}

/** The first whole millisecond at which the slot is free. */
function freeAt(row: Row, column: string): number | null {
  const expiresAt = numberOrNull(row, column);
  return expiresAt === null ? null : wholeMsAfter(expiresAt);
}
