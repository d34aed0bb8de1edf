/**
 * Behind PgBouncer in session and in transaction mode, whether it refuses the settings of a connection or leaves them out: all is
 * written once and where the URL says, by several processes' worth of stores at once. Skipped where no pgbouncer is installed.
 */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { flowRun, nextId, taskRun } from '../conformance/harness.ts';
import { hasPgBouncer, PgBouncer, type PoolMode } from '../conformance/pgbouncer.ts';
import { beginLoads, expectStored } from '../conformance/write-load.ts';
import { machineHost, openStore } from '../index.ts';

const postgresUrl = inject('postgresUrl');
const database = `millrace_pooled_${process.pid}`;
const wait = (ms: number) => new Promise<void>((resolve) => void machineHost.clock.setTimer(ms, resolve));

describe.skipIf(postgresUrl === '' || !hasPgBouncer)('behind PgBouncer', () => {
  let admin: pg.Client;
  let own: pg.Client;
  const direct = (): string => Object.assign(new URL(postgresUrl), { pathname: `/${database}` }).href;

  beforeAll(async () => {
    admin = new pg.Client({ connectionString: postgresUrl });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${database}`);
    own = new pg.Client({ connectionString: direct() });
    await own.connect();
  }, 60_000);
  afterAll(async () => {
    await own.end();
    await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
    await admin.end();
  }, 60_000);

  const ways: readonly { readonly mode: PoolMode; readonly ignored?: string }[] = [
    { mode: 'session' },
    { mode: 'transaction' },
    { mode: 'session', ignored: 'options,search_path' },
    { mode: 'transaction', ignored: 'options,search_path' },
  ];

  test.for(ways)(
    'two schemas stay two, and each has what was written to it ($mode, ignored: $ignored)',
    { timeout: 60_000 },
    async (way) => {
      const schemas = [`one_${way.mode}_${way.ignored?.length ?? 0}`, `user_${way.mode}_${way.ignored?.length ?? 0}`];
      await using pooler = await PgBouncer.start(postgresUrl, way);
      const urlOf = (schema: string): string => pooler.through(`${direct()}?schema=${schema}`);
      // Two of each at once, on a schema that is not there yet: migrated once.
      const stores = await Promise.all(
        schemas.flatMap((schema) => [urlOf(schema), urlOf(schema)]).map((url) => openStore({ url })),
      );
      expect(stores.map(({ isPooled }) => isPooled)).toEqual([true, true, true, true]);
      let stopped = false;
      const loads = await beginLoads(stores, () => stopped);
      await wait(1_500);
      stopped = true;
      for (const { id, store, load } of loads) {
        expect((await load).rows.length).toBeGreaterThan(5);
        await expectStored(store, id, await load);
      }
      const [first, second, other] = stores as [(typeof stores)[0], (typeof stores)[0], (typeof stores)[0]];
      // Commits of another store are found without LISTEN.
      const seen = Promise.withResolvers<string>();
      const watching = second!.watch(seen.resolve);
      await wait(600);
      const id = nextId();
      await first!.putFlowRun(flowRun({ id }));
      await first!.putTaskRun(taskRun({ flowRunId: id, outcome: 'x'.repeat(100) }), { flowRunId: id, token: 1 });
      expect(await seen.promise).toBe('anything');
      watching.close();
      expect(await other!.read(({ flowRuns }) => flowRuns.get(id))).toBeUndefined();
      const reference = await first!.blobs.offload(`"${'v'.repeat(200_000)}"`, { runId: id });
      expect(await second!.blobs.fetch(reference, { runId: id })).toHaveLength(200_002);
      for (const store of stores) await store.close();
      const found = await own.query(
        "SELECT schemaname, count(*)::int AS tables FROM pg_tables WHERE schemaname NOT LIKE 'pg%' AND schemaname <> 'information_schema' AND schemaname = ANY($1) OR schemaname = 'public' GROUP BY 1 ORDER BY 1",
        [schemas],
      );
      expect(found.rows.map((row) => row.schemaname)).toEqual([...schemas].sort());
    },
  );

  test('a schema may have a reserved word as its name', async () => {
    const store = await openStore({ url: `${direct()}?schema=user` });
    const id = nextId();
    await store.putFlowRun(flowRun({ id }));
    await store.close();
    expect((await own.query('SELECT id FROM "user".flow_run')).rows).toEqual([{ id }]);
  });
});
