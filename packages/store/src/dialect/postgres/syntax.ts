/** The syntax of PostgreSQL where the dialects differ, and the translation of `?` to `$1`. */
import type { Syntax } from '../../sql/dialect.ts';

export const postgresSyntax: Syntax = {
  now: '(SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)',
  forUpdate: ' FOR UPDATE',
  noWait: ' FOR UPDATE NOWAIT',
  skipLocked: ' FOR UPDATE SKIP LOCKED',
  lockKey: 'SELECT pg_advisory_xact_lock(hashtextextended(?, 0))',
  tryLockKey: 'SELECT pg_try_advisory_xact_lock(hashtextextended(?, 0))::int AS locked',
  feed: {
    transactionId: 'pg_current_xact_id()::text::bigint',
    endedBelow: 'pg_snapshot_xmin(pg_current_snapshot())::text::bigint',
    start: 'pg_snapshot_xmin(pg_current_snapshot())::text::bigint, 0',
    // A statement that looks for followers keeps a lock on their table until its transaction ends. The timeout comes before the
    // server's search for deadlocks: the registration is tried again, and no writer is taken back for it.
    waitForWriters: ["SET LOCAL lock_timeout = '300ms'", 'LOCK TABLE follower IN ACCESS EXCLUSIVE MODE'],
  },
  indexedBy: () => '',
  contains: (column) => `strpos(${column}, ?) > 0`,
  like: (column) => `${column} ILIKE ? ESCAPE '\\'`,
  unindexed: (column, isText) => (isText ? `(${column} || '')` : `(${column} + 0)`),
  anyOf: (column) => `${column} = ANY(?)`,
  list: (values) => values,
  types: {
    // The order of code points, as SQLite has it, whatever language the database was made with.
    text: 'TEXT COLLATE "C"',
    integer: 'BIGINT',
    real: 'DOUBLE PRECISION',
    sequence: 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
    lastingSequence: 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
    bytes: 'BYTEA',
  },
  derived: (expression) => `GENERATED ALWAYS AS (${expression}) STORED`,
};

/** A PostgreSQL array literal: many rows in one parameter. */
export function arrayLiteral(values: readonly (string | number | null)[]): string {
  let text = '{';
  for (let index = 0; index < values.length; index += 1) {
    if (index > 0) text += ',';
    const value = values[index];
    if (typeof value === 'string') text += quoted(value);
    else text += value === null || value === undefined ? 'NULL' : value;
  }
  return `${text}}`;
}

function quoted(value: string): string {
  const plain = !value.includes('"') && !value.includes('\\');
  return plain ? `"${value}"` : `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
