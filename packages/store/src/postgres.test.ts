/** The store's promises on PostgreSQL, in a schema of this file's own. Skipped where no server answers. */
import pg from 'pg';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { exerciseStore } from './conformance/every-suite.ts';
import { type Database, flowRun, taskRun } from './conformance/harness.ts';
import { postgresSyntax } from './dialect/postgres/syntax.ts';
import { openStore, type Store } from './index.ts';
import { migrations } from './migrations/index.ts';

const url = inject('postgresUrl');
const schemas = new Set<string>();
let schemaCount = 0;

async function ask(sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

function newSchema(): string {
  schemaCount += 1;
  const schema = `millrace_test_${process.pid}_${schemaCount}`;
  schemas.add(schema);
  return schema;
}

function urlOf(schema: string): string {
  const parsed = new URL(url);
  parsed.searchParams.set('schema', schema);
  return parsed.href;
}

const leases = [
  'session SET expires_at',
  'slot SET expires_at',
  'slot SET lease_until',
  'cache_entry SET expires_at',
  'flow_run SET wake_at',
  'removal SET due_at',
  'follower SET lease_until',
];

/** One schema for all tests of this file: emptied for each, as making one takes longer than the tests. */
const shared = newSchema();

async function makeDatabase(): Promise<Database> {
  const stores: Store[] = [];
  const open = async () => {
    const store = await openStore({ url: urlOf(shared), durability: 'process' });
    stores.push(store);
    return store;
  };
  await (await open()).close();
  const tables = await ask(`SELECT tablename FROM pg_tables WHERE schemaname = '${shared}'`);
  const names = tables.rows
    .map(({ tablename }) => `${shared}.${tablename}`)
    .filter((name) => !name.endsWith('_migration'));
  await ask(`TRUNCATE ${names.join(', ')}`);
  return {
    open,
    async advance(ms) {
      // The server's clock can't be moved; what it is compared with can.
      for (const lease of leases) {
        const column = lease.split(' ').at(-1);
        await ask(`UPDATE ${shared}.${lease} = ${column} - ${ms * 1_000}`);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close();
    },
  };
}

describe.skipIf(url === '')('postgres', () => {
  afterAll(async () => {
    for (const schema of schemas) await ask(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  });

  exerciseStore(makeDatabase);

  test('an open transaction holds back the changes that were committed since it began, and the feed loses none', async () => {
    await using database = await makeDatabase();
    const [slow, fast] = [await database.open(), await database.open()];
    await slow.write(({ changeFeed }) => changeFeed.follow({ name: 'deriver', ttlMs: 30_000 }));
    const read = () => fast.read(({ changeFeed }) => changeFeed.read({ name: 'deriver', limit: 10 }));
    const ids = async () => (await read())?.changes.flatMap(({ flowRunIds }) => flowRunIds);
    const [first, second] = [flowRun(), flowRun({ flowName: 'other' })];
    const isOpen = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    const written = slow.write(async ({ flowRuns }) => {
      await flowRuns.insertIfAbsent(first);
      isOpen.resolve();
      await mayEnd.promise;
    });
    await isOpen.promise;
    await fast.putFlowRun(second);
    const page = await read();
    expect(page?.changes).toEqual([]);
    expect(page?.heldBackSince).not.toBeNull();
    mayEnd.resolve();
    await written;
    await expect.poll(ids, { timeout: 10_000 }).toEqual([first.id, second.id]);
  });

  describe('opening', () => {
    test('five processes may start first at once', async () => {
      const schema = newSchema();
      const stores = await Promise.all(Array.from({ length: 5 }, () => openStore({ url: urlOf(schema) })));
      await Promise.all(stores.map((store) => store.putTaskRun(taskRun(), null)));
      for (const store of stores) await store.close();
    });

    test('every table is made in the schema of the URL', async () => {
      const schema = newSchema();
      await (await openStore({ url: urlOf(schema) })).close();
      const { rows } = await ask(`SELECT tablename FROM pg_tables WHERE schemaname = '${schema}'`);
      const made = migrations.flatMap((migration) => migration.statements(postgresSyntax));
      const names = made.flatMap((statement) => /^CREATE TABLE (\w+)/.exec(statement)?.[1] ?? []);
      expect(rows.map(({ tablename }) => tablename).toSorted()).toEqual([...names, 'millrace_migration'].toSorted());
    });

    test('a schema with the tables of somebody else is left as it is', async () => {
      const schema = newSchema();
      await ask(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.invoice (id int)`);
      await expect(openStore({ url: urlOf(schema) })).rejects.toMatchObject({ name: 'ForeignDatabase' });
      expect((await ask(`SELECT 1 FROM pg_tables WHERE schemaname = '${schema}'`)).rowCount).toBe(1);
    });

    test('a schema of a newer version is refused', async () => {
      const schema = newSchema();
      await (await openStore({ url: urlOf(schema) })).close();
      await ask(`INSERT INTO ${schema}.millrace_migration VALUES ('9999-future', 'x', 1)`);
      await expect(openStore({ url: urlOf(schema) })).rejects.toMatchObject({ name: 'NewerDatabase' });
    });

    test("a server that is not there and a database that is not there are told apart from others' faults", async () => {
      const nowhere = openStore({ url: 'postgres://postgres@127.0.0.1:1/postgres', retryMaxMs: 0 });
      await expect(nowhere).rejects.toMatchObject({ name: 'StoreUnavailable' });
      const parsed = new URL(url);
      parsed.pathname = '/millrace_no_such_database';
      await expect(openStore({ url: parsed.href })).rejects.toMatchObject({ name: 'StoreUnavailable' });
      await expect(openStore({ url: urlOf('Bad"Name') })).rejects.toMatchObject({ code: 'ConfigurationError' });
    });

    test('the location has no password', async () => {
      const parsed = new URL(urlOf(shared));
      parsed.password = 'secret';
      const store = await openStore({ url: parsed.href });
      expect(store.location).not.toContain('secret');
      await store.close();
    });
  });

  describe('a lost connection', () => {
    const terminate = (schema: string) =>
      ask(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'millrace % ${schema}'`);

    test('writes, bodies and reads go on after it', async () => {
      const schema = newSchema();
      const store = await openStore({ url: urlOf(schema) });
      const run = flowRun();
      await store.putFlowRun(run);
      const fence = { flowRunId: run.id, token: 1 };
      const total = 150;
      for (let count = 0; count < total; count += 1) {
        if (count % 30 === 10) await terminate(schema);
        await Promise.all([
          store.putTaskRun(taskRun({ flowRunId: run.id }), fence),
          store.appendLogs([
            { flowRunId: run.id, taskRunId: null, level: 20, logger: 'l', message: `${count}`, at: 1 },
          ]),
          store.write(async (transaction) => {
            const stored = await transaction.flowRuns.getForUpdate(run.id);
            stored!.crashCount += 1;
            await transaction.flowRuns.put(stored!);
          }),
        ]);
      }
      const counts = await store.read((transaction) => transaction.taskRuns.counts({ flowRunId: run.id }));
      expect(counts[0]?.count).toBe(total);
      expect((await store.read((transaction) => transaction.flowRuns.get(run.id)))?.crashCount).toBe(total);
      const lines = await store.read((transaction) => transaction.logs.list({ flowRunId: run.id, limit: 1_000 }));
      expect(lines.map(({ message }) => message)).toEqual(Array.from({ length: total }, (_, index) => `${index}`));
      await store.close();
    });
  });
});
