/**
 * F19, F20, F21 and F23 on PostgreSQL: connections that are ended, a server that is away, conflicts. Nothing that was
 * acknowledged is lost, nothing is written twice, and no caller gets an error.
 */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { CutProxy } from '../conformance/cut-proxy.ts';
import { flowRun, taskRun } from '../conformance/harness.ts';
import { beginLoads, expectStored, writeUntil } from '../conformance/write-load.ts';
import { machineHost, openStore } from '../index.ts';

const postgresUrl = inject('postgresUrl');
const schema = `millrace_loss_${process.pid}`;

function urlOf(change: (url: URL) => void = () => undefined): string {
  const url = new URL(postgresUrl);
  url.searchParams.set('schema', schema);
  change(url);
  return url.href;
}

/** Resolves after real time: what is tried here is a server beside this process. */
const wait = (ms: number) => new Promise<void>((resolve) => void machineHost.clock.setTimer(ms, resolve));

describe.skipIf(postgresUrl === '')('PostgreSQL that fails', () => {
  let admin: pg.Client;
  beforeAll(async () => {
    admin = new pg.Client({ connectionString: postgresUrl });
    await admin.connect();
    await (await openStore({ url: urlOf() })).close();
  });
  afterAll(async () => {
    await admin.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await admin.end();
  });

  test('all connections ended again and again: 0 lost, 0 twice, 0 errors', async () => {
    const stores = [await openStore({ url: urlOf() }), await openStore({ url: urlOf() })];
    let stopped = false;
    const loads = await beginLoads(stores, () => stopped);
    for (let round = 0; round < 8; round += 1) {
      await wait(500);
      const like = `millrace % ${schema}`;
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1', [
        like,
      ]);
    }
    stopped = true;
    for (const { id, store, load } of loads) {
      expect((await load).rows.length).toBeGreaterThan(20);
      await expectStored(store, id, await load);
    }
    for (const store of stores) await store.close();
  });

  test('a server that is away for a second, and connections cut at any byte: exact totals', async () => {
    const target = new URL(postgresUrl);
    await using proxy = await CutProxy.start({ host: target.hostname, port: Number(target.port || 5432) });
    const url = urlOf((changed) => {
      changed.hostname = '127.0.0.1';
      changed.port = `${proxy.port}`;
    });
    const stores = [await openStore({ url }), await openStore({ url })];
    let stopped = false;
    const loads = await beginLoads(stores, () => stopped);
    for (let round = 0; round < 3; round += 1) {
      for (let cut = 0; cut < 6; cut += 1) {
        await wait(60 + cut * 17);
        proxy.cut();
      }
      await proxy.stop();
      await wait(500);
      await proxy.restore();
      await wait(500);
    }
    stopped = true;
    for (const { id, store, load } of loads) {
      expect((await load).rows.length).toBeGreaterThan(20);
      await expectStored(store, id, await load);
    }
    expect(proxy.cutCount).toBeGreaterThan(20);
    for (const store of stores) await store.close();
  });

  test('F22: a server that has lost what it had confirmed is refused, and a new start goes on from what it has', async () => {
    const store = await openStore({ url: urlOf() });
    const [kept, lost] = [taskRun(), taskRun()];
    await store.putTaskRun(kept, null);
    await admin.query(`SET search_path TO ${schema}`);
    // A standby that got no further than this.
    await admin.query('CREATE TABLE earlier AS SELECT * FROM writer');
    await store.putTaskRun(lost, null);
    await admin.query(`DELETE FROM task_run WHERE id = '${lost.id}'`);
    await admin.query('UPDATE writer SET batch = earlier.batch FROM earlier WHERE earlier.id = writer.id');
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1', [
      `millrace writer % ${schema}`,
    ]);
    const refusal = { code: 'StoreUnavailable', details: { problem: 'regressed' } };
    await expect(store.putTaskRun(taskRun(), null)).rejects.toMatchObject(refusal);
    await expect(store.write(async ({ taskRuns }) => taskRuns.put([taskRun()]))).rejects.toMatchObject(refusal);
    await store.close();
    const again = await openStore({ url: urlOf() });
    expect(await again.read(({ taskRuns }) => taskRuns.get(kept.id))).toBeDefined();
    expect(await again.read(({ taskRuns }) => taskRuns.get(lost.id))).toBeUndefined();
    await again.putTaskRun(lost, null);
    await again.close();
    await admin.query('DROP TABLE earlier');
  });

  test('F25: a server whose disk is full refuses that write by name, and takes the next', async () => {
    const store = await openStore({ url: urlOf() });
    await admin.query(`SET search_path TO ${schema}`);
    await admin.query(
      "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END $$",
    );
    await admin.query('CREATE TRIGGER full_disk BEFORE INSERT ON task_run EXECUTE FUNCTION full_disk()');
    const task = taskRun();
    await expect(store.putTaskRun(task, null)).rejects.toMatchObject({ code: 'StoreFull' });
    expect(await store.read(({ taskRuns }) => taskRuns.get(task.id))).toBeUndefined();
    await admin.query('DROP TRIGGER full_disk ON task_run; DROP FUNCTION full_disk()');
    await store.putTaskRun(task, null);
    await store.close();
  });

  test('F29: a server that can only be read refuses the start in one line', async () => {
    const role = `${schema}_reader`;
    await admin.query(`CREATE ROLE ${role} LOGIN SUPERUSER; ALTER ROLE ${role} SET default_transaction_read_only = on`);
    const url = urlOf((changed) => {
      changed.username = role;
    });
    const error = await openStore({ url }).catch((thrown: unknown) => thrown);
    await admin.query(`DROP ROLE ${role}`);
    expect(error).toMatchObject({ code: 'StoreReadOnly', message: expect.not.stringContaining('\n') });
  });

  test.each(['40001', '40P01'])(
    'conflicts (%s) on one write in twenty are tried again and never told',
    async (code) => {
      const store = await openStore({ url: urlOf() });
      await admin.query(`SET search_path TO ${schema}`);
      // Every twentieth transaction that comes by is taken back by the server itself.
      await admin.query('CREATE SEQUENCE conflict_count');
      await admin.query(
        `CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF nextval('${schema}.conflict_count') % 20 = 0 THEN
           RAISE EXCEPTION 'injected' USING ERRCODE = '${code}';
         END IF;
         RETURN NULL;
       END $$`,
      );
      for (const table of ['task_run', 'variable', 'log']) {
        await admin.query(`CREATE TRIGGER conflict AFTER INSERT OR UPDATE ON ${table} EXECUTE FUNCTION conflict()`);
      }
      const run = flowRun();
      await store.putFlowRun(run);
      let rounds = 0;
      const stopped = () => {
        rounds += 1;
        return rounds > 200;
      };
      const load = await writeUntil(store, stopped, run.id);
      await expectStored(store, run.id, load);
      const hits = (await admin.query('SELECT last_value::int AS count FROM conflict_count')).rows[0]?.count as number;
      expect(hits).toBeGreaterThan(200);
      for (const table of ['task_run', 'variable', 'log']) await admin.query(`DROP TRIGGER conflict ON ${table}`);
      await admin.query('DROP FUNCTION conflict(); DROP SEQUENCE conflict_count');
      await store.close();
    },
  );
});
