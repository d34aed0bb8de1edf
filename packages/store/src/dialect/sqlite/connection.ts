/**
 * One connection of node:sqlite with its prepared statements. Everything is synchronous and nothing ever waits: a lock of another
 * process is an error at once (busy), for the caller to try again without blocking the event loop.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { storable } from '../../sql/columns.ts';
import { toMicros } from '../../sql/instants.ts';
import type { Row, SqlParameter, SqlValue } from '../../sql/dialect.ts';

const cachedStatementsMax = 300;

export class SqliteConnection {
  readonly database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #open = true;

  constructor(database: DatabaseSync, now: () => number) {
    this.database = database;
    database.function('millrace_now', () => toMicros(now(), 'now'));
  }

  get open(): boolean {
    return this.#open;
  }

  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    if (this.#statements.size >= cachedStatementsMax) this.#statements.clear();
    const statement = this.database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  all(sql: string, parameters: readonly SqlParameter[], use?: 'once'): readonly Row[] {
    const statement = use === 'once' ? this.database.prepare(sql) : this.prepare(sql);
    return statement.all(...bind(parameters)) as unknown as readonly Row[];
  }

  run(sql: string, parameters: readonly SqlParameter[]): number {
    return Number(this.prepare(sql).run(...bind(parameters)).changes);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#statements.clear();
    this.database.close();
  }
}

/** Parameters as node:sqlite takes them. */
export function bind(parameters: readonly SqlParameter[]): SqlValue[] {
  return parameters.map((value) => {
    if (typeof value === 'string') return storable(value);
    if (value === null || typeof value === 'number') return value;
    throw new TypeError('a list goes into SQLite as JSON text: use syntax.list');
  });
}
