/**
 * A database of many runs, made by a few statements on each store: flow runs over ninety days, and three task runs for each.
 *
 * Values are spread by arithmetic on the row's number, so that both stores hold the same rows and every filter finds a known part.
 */
import { DatabaseSync } from 'node:sqlite';
import { openStore } from '@millrace/store';
import pg from 'pg';

/** How many flow runs, and where. */
export interface Seed {
  readonly url: string;
  readonly flowRuns: number;
}

const days = 90;
const chunk = 50_000;

/** Makes the tables and fills them. */
export async function seed({ url, flowRuns }: Seed): Promise<void> {
  const store = await openStore({ url, durability: 'process' });
  await store.close();
  const run = url.startsWith('sqlite:') ? seedSqlite : seedPostgres;
  await run(url, flowRuns);
}

async function seedSqlite(url: string, count: number): Promise<void> {
  const database = new DatabaseSync(url.slice('sqlite:'.length));
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -500000');
  const rows = (from: number, until: number) =>
    `(WITH RECURSIVE n (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${until}) SELECT i FROM n)`;
  for (const statement of statements(sqliteSpelling, rows, count)) database.exec(statement);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

async function seedPostgres(url: string, count: number): Promise<void> {
  const schema = new URL(url).searchParams.get('schema') ?? 'public';
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`SET search_path TO "${schema}"; SET synchronous_commit TO off`);
  const rows = (from: number, until: number) => `(SELECT generate_series(${from}::bigint, ${until - 1}) AS i)`;
  for (const statement of statements(postgresSpelling, rows, count)) await client.query(statement);
  await client.query('VACUUM ANALYZE flow_run');
  await client.query('VACUUM ANALYZE task_run');
  await client.end();
}

interface Spelling {
  hex(number: string, width: number): string;
  readonly lineFeed: string;
}

const sqliteSpelling: Spelling = {
  hex: (number, width) => `printf('%0${width}x', ${number})`,
  lineFeed: 'char(10)',
};

const postgresSpelling: Spelling = {
  hex: (number, width) => `lpad(to_hex(${number}), ${width}, '0')`,
  lineFeed: 'chr(10)',
};

function* statements(
  spelling: Spelling,
  rows: (from: number, until: number) => string,
  count: number,
): Generator<string> {
  const flows = flowRunColumns(spelling, count);
  const tasks = taskRunColumns(spelling, count);
  for (let from = 0; from < count; from += chunk)
    yield insert('flow_run', flows, rows(from, Math.min(count, from + chunk)));
  for (let from = 0; from < 3 * count; from += chunk)
    yield insert('task_run', tasks, rows(from, Math.min(3 * count, from + chunk)));
}

function insert(table: string, columns: Readonly<Record<string, string>>, rows: string): string {
  return `INSERT INTO ${table} (${Object.keys(columns).join(', ')}) SELECT ${Object.values(columns).join(', ')} FROM ${rows} AS numbers`;
}

/** The instant of the row with this number, in epoch milliseconds. */
const firstAt = 1_780_000_000_000;
const millisecond = 1_000;

function idOf(
  { hex }: Spelling,
  { number, count, kind }: { readonly number: string; readonly count: number; readonly kind: string },
): string {
  const at = `(${firstAt} + (${number}) * ${Math.floor((days * 86_400_000) / count)})`;
  const time = hex(at, 12);
  return `substr(${time}, 1, 8) || '-' || substr(${time}, 9, 4) || '-7000-8${kind}-' || ${hex(`(${number}) % 268435456`, 9)} || '000'`;
}

function flowRunColumns(spelling: Spelling, count: number): Readonly<Record<string, string>> {
  const id = idOf(spelling, { number: 'i', count, kind: '000' });
  const parent = idOf(spelling, { number: 'i - 1', count, kind: '000' });
  const caller = idOf(spelling, { number: '3 * (i - 1)', count: 3 * count, kind: '111' });
  const at = `(${firstAt} + i * ${Math.floor((days * 86_400_000) / count)}) * ${millisecond}`;
  const share = '(i * 7919 % 1000)';
  const isOver = `${share} < 990`;
  const type = `CASE WHEN ${share} < 900 THEN 'COMPLETED' WHEN ${share} < 950 THEN 'FAILED' WHEN ${share} < 970 THEN 'CRASHED' WHEN ${share} < 990 THEN 'CANCELLED' WHEN ${share} < 994 THEN 'RUNNING' WHEN ${share} < 998 THEN 'SCHEDULED' ELSE 'PAUSED' END`;
  const stateName = `CASE WHEN ${share} < 890 THEN 'Completed' WHEN ${share} < 900 THEN 'Cached' WHEN ${share} < 940 THEN 'Failed' WHEN ${share} < 950 THEN 'TimedOut' WHEN ${share} < 970 THEN 'Crashed' WHEN ${share} < 990 THEN 'Cancelled' WHEN ${share} < 994 THEN 'Running' WHEN ${share} < 998 THEN 'Scheduled' ELSE 'Suspended' END`;
  const isScheduled = `${share} >= 994 AND ${share} < 998`;
  return {
    id,
    flow_name: "CASE WHEN i * 31 % 100 < 40 THEN 'etl' ELSE 'flow-' || (i * 31 % 50) END",
    flow_version: "CASE WHEN i % 3 = 0 THEN '1' ELSE '2' END",
    parent_flow_run_id: `CASE WHEN i % 5 = 4 THEN ${parent} END`,
    root_flow_run_id: `CASE WHEN i % 5 = 4 THEN ${parent} END`,
    parent_task_run_id: `CASE WHEN i % 10 = 4 THEN ${caller} END`,
    idempotency_key: "CASE WHEN i % 10 = 1 THEN 'order-' || i END",
    deployment_id: "CASE WHEN i % 2 = 0 THEN 'deployment-' || (i / 2 % 20) END",
    work_queue_id: "CASE WHEN i % 2 = 0 THEN 'queue-' || (i / 2 % 5) END",
    name: "'run-' || (i % 9973) || '-otter'",
    state_type: type,
    state_name: stateName,
    state_at: `${at} + 60000 * ${millisecond}`,
    state_ordinal: '2',
    history: `'[["PENDING",0],["RUNNING",500000]]'`,
    run_count: '1',
    crash_count: '0',
    policy: `'{"retries":0,"retryDelaysMs":[],"retryJitter":null,"crashRetries":3}'`,
    tags: tagsOf(spelling, [
      ['i % 3 = 0', 'nightly'],
      ['i % 20 = 0', 'eu'],
      ['i % 1000 = 0', 'rare'],
    ]),
    created_at: at,
    expected_start_at: at,
    next_start_at: `CASE WHEN ${isScheduled} THEN ${at} END`,
    start_at: `CASE WHEN NOT (${isScheduled}) THEN ${at} + 500 * ${millisecond} END`,
    end_at: `CASE WHEN ${isOver} THEN ${at} + 60000 * ${millisecond} END`,
    run_time: `CASE WHEN ${isOver} THEN 59500 * ${millisecond} ELSE 0 END`,
    token: '1',
    revision: "'seeded'",
    parameters: `'{"customer":' || i || ',"region":"europe-west","dryRun":false}'`,
    outcome: `'{"rows":' || i || '}'`,
  };
}

function taskRunColumns(spelling: Spelling, count: number): Readonly<Record<string, string>> {
  const at = `(${firstAt} + i * ${Math.floor((days * 86_400_000) / (3 * count))}) * ${millisecond}`;
  const share = '(i * 7919 % 1000)';
  return {
    id: idOf(spelling, { number: 'i', count: 3 * count, kind: '111' }),
    flow_run_id: `CASE WHEN i % 100 > 0 THEN ${idOf(spelling, { number: 'i / 3', count, kind: '000' })} END`,
    kind: "'task'",
    task_key: "CASE WHEN i * 31 % 100 < 40 THEN 'fetch' ELSE 'task-' || (i * 31 % 200) END",
    replay_key: "'r:' || i",
    name: "'task-' || (i % 9973)",
    state_type: `CASE WHEN ${share} < 940 THEN 'COMPLETED' WHEN ${share} < 990 THEN 'FAILED' WHEN ${share} < 995 THEN 'CRASHED' ELSE 'RUNNING' END`,
    state_name: `CASE WHEN ${share} < 900 THEN 'Completed' WHEN ${share} < 940 THEN 'Cached' WHEN ${share} < 990 THEN 'Failed' WHEN ${share} < 995 THEN 'Crashed' ELSE 'Running' END`,
    state_at: `${at} + 1000 * ${millisecond}`,
    state_ordinal: '2',
    history: `'[["PENDING",0],["RUNNING",500]]'`,
    run_count: '1',
    flow_run_count: '1',
    created_at: at,
    start_at: `${at} + 5 * ${millisecond}`,
    end_at: `CASE WHEN ${share} < 995 THEN ${at} + 1000 * ${millisecond} END`,
    run_time: `995 * ${millisecond}`,
    tags: tagsOf(spelling, [['i % 10 = 0', 'slow']]),
    parameters: `'{"page":' || i || '}'`,
    outcome: `'{"rows":' || i || '}'`,
  };
}

/** Tags as the store keeps them: one a line, in quotes, between line feeds. */
function tagsOf({ lineFeed }: Spelling, tags: readonly (readonly [condition: string, tag: string])[]): string {
  const lines = tags.map(([condition, tag]) => `CASE WHEN ${condition} THEN '"${tag}"' || ${lineFeed} ELSE '' END`);
  const text = lines.join(' || ');
  return `CASE WHEN ${text} <> '' THEN ${lineFeed} || ${text} END`;
}
