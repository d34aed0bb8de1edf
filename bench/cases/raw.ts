/**
 * The raw limit: what the bare drivers do with the same rows. A wide map is its rows in batches of 2,000 a commit; a step is
 * one commit; a flow run is one row; no features at all.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { type CaseName, measure, type Subject, report } from '../case.ts';

const BATCH = 2_000;
/** About what a task run's row holds. */
const PAYLOAD = JSON.stringify([['PENDING', 1_795_424_670_332], ['RUNNING', 1_795_424_670_332], 'x'.repeat(250)]);

type Insert = (rows: readonly number[]) => Promise<void> | void;

function counter(): () => number {
  let last = 0;
  return () => {
    last += 1;
    return last;
  };
}

function sqlite(): Insert {
  const home = process.env.MILLRACE_HOME ?? '.';
  mkdirSync(home, { recursive: true });
  const db = new DatabaseSync(join(home, 'raw.db'));
  db.exec(
    `PRAGMA journal_mode=WAL; PRAGMA synchronous=${process.env.MILLRACE_DURABILITY === 'process' ? 'NORMAL' : 'FULL'}`,
  );
  db.exec(
    'CREATE TABLE row (id TEXT PRIMARY KEY, parent TEXT, n INTEGER, payload TEXT); CREATE INDEX row_parent ON row (parent)',
  );
  const insert = db.prepare('INSERT INTO row VALUES (?, ?, ?, ?)');
  const next = counter();
  return (rows) => {
    db.exec('BEGIN IMMEDIATE');
    for (const n of rows)
      insert.run(`01a207a3-e2df-749c-b2df-${String(next()).padStart(12, '0')}`, 'parent', n, PAYLOAD);
    db.exec('COMMIT');
  };
}

async function postgres(url: string): Promise<Insert> {
  const client = new pg.Client(url.replace(/\?.*$/, ''));
  await client.connect();
  await client.query('CREATE TEMPORARY TABLE session_row (n int)');
  await client.query(
    'DROP TABLE IF EXISTS millrace_bench_raw; CREATE TABLE millrace_bench_raw (id TEXT PRIMARY KEY, parent TEXT, n INTEGER, payload TEXT)',
  );
  const next = counter();
  return async (rows) => {
    const ids = rows.map(() => String(next()).padStart(36, '0'));
    await client.query({
      name: 'insert',
      text: "INSERT INTO millrace_bench_raw SELECT id, 'parent', n, payload FROM unnest($1::text[], $2::int[], $3::text[]) AS r (id, n, payload)",
      values: [ids, [...rows], rows.map(() => PAYLOAD)],
    });
  };
}

const url = process.env.MILLRACE_DATABASE_URL ?? '';
const insert = url.startsWith('postgres') ? await postgres(url) : sqlite();

async function all(count: number): Promise<readonly number[]> {
  const rows = Array.from({ length: count }, (_, i) => i + 1);
  for (let from = 0; from < count; from += BATCH) await insert(rows.slice(from, from + BATCH));
  return rows;
}

const subject: Subject = {
  map: all,
  runs: all,
  async steps(count) {
    for (let index = 0; index < count; index += 1) await insert([index]);
    return count;
  },
  async one() {
    await insert([1]);
    return 2;
  },
  async children(count) {
    for (let step = 0; step < 5; step += 1) await all(count);
    return Array.from({ length: count }, (_, i) => i);
  },
};

report(await measure(process.argv[2] as CaseName, subject));
