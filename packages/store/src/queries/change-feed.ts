/** The change feed in SQL: see ports/change-feed.ts for what is promised. */
import type { Change, ChangeFeed, ChangePage, FeedPosition } from '../ports/change-feed.ts';
import type { Row } from '../sql/dialect.ts';
import { toMicros } from '../sql/instants.ts';
import { ms, msOrNull, number, textOrNull } from '../sql/read.ts';
import { first, type QueryContext } from './context.ts';

export class SqlChangeFeed implements ChangeFeed {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async follow({
    name,
    ttlMs,
  }: {
    readonly name: string;
    readonly ttlMs: number;
  }): Promise<{ readonly isNew: boolean }> {
    const { now, feed } = this.#context.syntax;
    const ttl = toMicros(ttlMs, 'ttlMs');
    const live = `UPDATE follower SET lease_until = ${now} + ? WHERE name = ? AND lease_until > ${now}`;
    if ((await this.#context.run(live, [ttl, name])) === 1) return { isNew: false };
    await this.#waitForWriters();
    // Before everything that an open transaction may still note: transactions with smaller ids have all ended.
    await this.#context.run(
      `INSERT INTO follower (name, transaction_id, sequence, lease_until) VALUES (?, ${feed.start}, ${now} + ?) ` +
        'ON CONFLICT (name) DO UPDATE SET transaction_id = excluded.transaction_id, sequence = excluded.sequence, ' +
        'lease_until = excluded.lease_until',
      [name, ttl],
    );
    return { isNew: true };
  }

  async read({ name, limit }: { readonly name: string; readonly limit: number }): Promise<ChangePage | undefined> {
    const { now, feed } = this.#context.syntax;
    const follower = await first(
      this.#context,
      `SELECT transaction_id, sequence FROM follower WHERE name = ? AND lease_until > ${now}`,
      [name],
    );
    if (follower === undefined) return undefined;
    const { transactionId, sequence } = position(follower);
    const rows = await this.#context.all(
      'SELECT transaction_id, sequence, noted_at, flow_runs, task_runs FROM change ' +
        `WHERE (transaction_id, sequence) > (?, ?) AND transaction_id < ${feed.endedBelow} ` +
        'ORDER BY transaction_id, sequence LIMIT ?',
      [transactionId, sequence, limit],
    );
    const heldBack = await first(
      this.#context,
      `SELECT MIN(noted_at) AS since FROM change WHERE transaction_id >= ${feed.endedBelow}`,
    );
    return {
      changes: rows.map(toChange),
      heldBackSince: heldBack === undefined ? null : msOrNull(heldBack, 'since'),
    };
  }

  async advance(follower: {
    readonly name: string;
    readonly to: FeedPosition;
    readonly ttlMs: number;
  }): Promise<boolean> {
    const { now } = this.#context.syntax;
    const { to } = follower;
    const sql =
      `UPDATE follower SET transaction_id = ?, sequence = ?, lease_until = ${now} + ? ` +
      `WHERE name = ? AND lease_until > ${now}`;
    const parameters = [to.transactionId, to.sequence, toMicros(follower.ttlMs, 'ttlMs'), follower.name];
    return (await this.#context.run(sql, parameters)) === 1;
  }

  async unfollow(name: string): Promise<void> {
    await this.#context.run('DELETE FROM follower WHERE name = ?', [name]);
  }

  async prune(limit: number): Promise<number> {
    const { now, skipLocked } = this.#context.syntax;
    await this.#context.run(
      `DELETE FROM follower WHERE name IN (SELECT name FROM follower WHERE lease_until <= ${now} ORDER BY name${skipLocked})`,
    );
    return this.#context.run(
      'DELETE FROM change WHERE sequence IN (SELECT sequence FROM change WHERE NOT EXISTS (SELECT 1 FROM follower ' +
        'WHERE (follower.transaction_id, follower.sequence) < (change.transaction_id, change.sequence)) ' +
        `ORDER BY transaction_id, sequence LIMIT ?${skipLocked})`,
      [limit],
    );
  }

  /** Until every transaction that saw no follower has ended: what such a one commits would be in no change. */
  async #waitForWriters(): Promise<void> {
    for (const statement of this.#context.syntax.feed.waitForWriters) await this.#context.run(statement);
  }
}

function position(row: Row): FeedPosition {
  return { transactionId: number(row, 'transaction_id'), sequence: number(row, 'sequence') };
}

function toChange(row: Row): Change {
  return {
    position: position(row),
    notedAt: ms(row, 'noted_at'),
    flowRunIds: ids(row, 'flow_runs'),
    taskRunIds: ids(row, 'task_runs'),
  };
}

function ids(row: Row, column: string): readonly string[] {
  const list = textOrNull(row, column);
  return list === null ? [] : JSON.parse(list);
}
