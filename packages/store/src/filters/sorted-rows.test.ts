/** No list sorts more than 10,000 rows, however many its conditions leave (law 8): read from the plans of both databases. */
import type { Filter, Order } from '@millrace/kernel';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { machineHost } from '../adapters/host.ts';
import { openPostgres } from '../dialect/postgres/open.ts';
import { openSqlite } from '../dialect/sqlite/open.ts';
import type { Dialect, SqlParameter } from '../sql/dialect.ts';
import { listRows } from './list.ts';

const rowCount = 24_000;
const sortedRowsMax = 10_000;

/** Half of the runs are of one flow, a third of one deployment, a twentieth failed: each alone more, or fewer, than may be sorted. */
function seeding(rows: string): string {
  const columns = {
    id: "'run-' || (1000000 + i)",
    flow_name: "CASE WHEN i % 2 = 0 THEN 'etl' ELSE 'flow-' || (i % 7) END",
    name: "'name-' || (i % 50)",
    deployment_id: "CASE WHEN i % 3 = 0 THEN 'd' END",
    state_type: "CASE WHEN i % 20 = 0 THEN 'FAILED' WHEN i % 20 < 12 THEN 'CRASHED' ELSE 'COMPLETED' END",
    state_name: "'any'",
    state_at: 'i',
    state_ordinal: '1',
    run_count: '1',
    crash_count: '0',
    policy: "'{}'",
    created_at: 'i',
    expected_start_at: 'i',
    start_at: 'CASE WHEN i % 5 > 0 THEN i END',
    end_at: 'CASE WHEN i % 4 > 0 THEN i END',
    run_time: '0',
    token: '1',
    revision: "'r'",
    parameters: "'{}'",
  };
  return `INSERT INTO flow_run (${Object.keys(columns).join(', ')}) SELECT ${Object.values(columns).join(', ')} FROM ${rows}`;
}

const anyOf = (field: 'flowName' | 'stateType' | 'deploymentId' | 'name', ...values: string[]): Filter<'flow-run'> => ({
  kind: 'field',
  field,
  test: 'anyOf',
  values,
});

const filters: readonly Filter<'flow-run'>[] = [
  anyOf('flowName', 'etl'),
  anyOf('flowName', 'etl', 'flow-1'),
  anyOf('flowName', 'flow-3'),
  anyOf('stateType', 'FAILED'),
  anyOf('stateType', 'FAILED', 'CRASHED'),
  anyOf('stateType', 'COMPLETED'),
  anyOf('deploymentId', 'd'),
  anyOf('name', 'name-7'),
  { kind: 'field', field: 'sortAt', test: 'atLeast', bound: 2 },
  { kind: 'field', field: 'endAt', test: 'isNull' },
  { kind: 'not', filter: anyOf('flowName', 'etl') },
];

const orders: readonly Order<'flow-run'>[] = (
  ['id', 'sortAt', 'expectedStartAt', 'nextStartAt', 'name', 'endAt'] as const
).map((by) => ({ by, direction: 'descending' }));

interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlParameter[];
}

/** The statements of a page. */
async function statementsOf(
  dialect: Dialect,
  filter: Filter<'flow-run'>,
  order: Order<'flow-run'>,
): Promise<readonly Statement[]> {
  const { reader, syntax } = dialect;
  const statements: Statement[] = [];
  const all: typeof reader.all = (sql, parameters = []) => {
    statements.push({ sql, parameters });
    return reader.all(sql, parameters);
  };
  await listRows(
    { ...reader, all, syntax },
    { resource: 'flow-run', select: 'id', query: { filter, order, limit: 50 } },
  );
  return statements;
}

/** The branches of a page, each with its own parameters. */
function branchesOf({ sql, parameters }: Statement): readonly (Statement & { readonly order: string })[] {
  return [...sql.matchAll(/(SELECT r\.id AS key.*?)( ORDER BY .*?) LIMIT/g)].map(
    ({ 1: branch = '', 2: order = '', index }) => {
      const before = sql.slice(0, index).split('?').length - 1;
      return { sql: branch, order, parameters: parameters.slice(before, before + branch.split('?').length - 1) };
    },
  );
}

async function sortedOnSqlite({ reader }: Dialect, statement: Statement): Promise<readonly number[]> {
  const sorted: number[] = [];
  for (const { sql, parameters, order } of branchesOf(statement)) {
    const plan = await reader.all(`EXPLAIN QUERY PLAN ${sql}${order}`, parameters);
    if (!plan.some((row) => row['detail'] === 'USE TEMP B-TREE FOR ORDER BY')) continue;
    const [row] = await reader.all(`SELECT COUNT(*) AS number FROM (${sql})`, parameters);
    sorted.push(Number(row?.['number']));
  }
  return sorted;
}

interface Node {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly Plans?: readonly Node[];
}

async function sortedOnPostgres({ reader }: Dialect, { sql, parameters }: Statement): Promise<readonly number[]> {
  const rows = await reader.all(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, parameters);
  const found: number[] = [];
  const look = (node: Node): void => {
    const { Plans: below = [] } = node;
    if (node['Node Type'] === 'Sort') found.push(...below.map((one) => one['Actual Rows']));
    for (const one of below) look(one);
  };
  const [text] = Object.values(rows[0] ?? {});
  const plans: readonly { readonly Plan: Node }[] = JSON.parse(String(text));
  for (const { Plan: plan } of plans) look(plan);
  return found;
}

const cases = filters.flatMap((first, position) => [
  first,
  ...filters.slice(position + 1).map((second) => both(first, second)),
]);

function both(first: Filter<'flow-run'>, second: Filter<'flow-run'>): Filter<'flow-run'> {
  return { kind: 'and', filters: [first, second] };
}

function exercise(
  open: () => Promise<Dialect>,
  parts: { readonly rows: string; readonly sortedBy: typeof sortedOnSqlite },
): void {
  let dialect: Dialect;
  beforeAll(async () => {
    dialect = await open();
    await dialect.begin(false);
    await dialect.writer.run(seeding(parts.rows));
    await dialect.commit(null);
  });
  afterAll(() => dialect.close());

  test.each(orders)('by $by, of every filter alone and of pairs', async (order) => {
    for (const filter of cases) {
      for (const statement of await statementsOf(dialect, filter, order)) {
        const sorted = await parts.sortedBy(dialect, statement);
        expect(Math.max(0, ...sorted), JSON.stringify(filter)).toBeLessThanOrEqual(sortedRowsMax);
      }
    }
  });
}

describe('rows that a list sorts on SQLite', () => {
  const rows = `(WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${rowCount}) SELECT i FROM n)`;
  const open = () => openSqlite({ path: ':memory:', durability: 'process', host: machineHost, retryMaxMs: 0 });
  exercise(open, { rows, sortedBy: sortedOnSqlite });
});

const url = inject('postgresUrl');

describe.skipIf(url === '')('rows that a list sorts on PostgreSQL', () => {
  const schema = `millrace_sorts_${process.pid}`;
  const ask = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  afterAll(() => ask(`DROP SCHEMA ${schema} CASCADE`));
  const open = async () => {
    const at = new URL(url);
    at.searchParams.set('schema', schema);
    return openPostgres({ url: at.href, durability: 'process', host: machineHost, retryMaxMs: 0, answerMaxMs: 60_000 });
  };
  const rows = `(SELECT generate_series(0, ${rowCount - 1}) AS i) AS numbers`;
  exercise(open, { rows, sortedBy: sortedOnPostgres });
  beforeAll(() => ask(`ANALYZE ${schema}.flow_run`));
});
