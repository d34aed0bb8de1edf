/**
 * F20 and F9 on PostgreSQL: a server, or a way to it, that says nothing any more while its connections stay. Waiting callers go on
 * over a new connection, nothing acknowledged is lost, and what was committed without an answer is not done again.
 */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { CutProxy } from '../conformance/cut-proxy.ts';
import { flowRun } from '../conformance/harness.ts';
import { beginLoads, expectStored } from '../conformance/write-load.ts';
import { machineHost, openStore } from '../index.ts';

const postgresUrl = inject('postgresUrl');
const schema = `millrace_silence_${process.pid}`;
const answerMaxMs = 300;

function urlOf(change: (url: URL) => void = () => undefined): string {
  const url = new URL(postgresUrl);
  url.searchParams.set('schema', schema);
  change(url);
  return url.href;
}

function urlThrough(proxy: CutProxy): string {
  return urlOf((url) => {
    url.hostname = '127.0.0.1';
    url.port = `${proxy.port}`;
  });
}

/** Resolves after real time: what is tried here is a server beside this process. */
const wait = (ms: number) => new Promise<void>((resolve) => void machineHost.clock.setTimer(ms, resolve));

describe.skipIf(postgresUrl === '')('PostgreSQL that says nothing', () => {
  let admin: pg.Client;
  const startProxy = () => {
    const target = new URL(postgresUrl);
    return CutProxy.start({ host: target.hostname, port: Number(target.port || 5432) });
  };
  beforeAll(async () => {
    admin = new pg.Client({ connectionString: postgresUrl });
    await admin.connect();
    await (await openStore({ url: urlOf() })).close();
  });
  afterAll(async () => {
    await admin.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await admin.end();
  });

  test.each(['requests', 'answers'] as const)(
    '%s that get lost while the connection stays: exact totals',
    async (lost) => {
      await using proxy = await startProxy();
      const stores = [
        await openStore({ url: urlThrough(proxy), answerMaxMs }),
        await openStore({ url: urlThrough(proxy), answerMaxMs }),
      ];
      let stopped = false;
      const loads = await beginLoads(stores, () => stopped);
      for (let round = 0; round < 6; round += 1) {
        await wait(200 + round * 13);
        proxy.swallow(lost);
        await wait(50);
        proxy.swallow('nothing');
        await wait(answerMaxMs);
      }
      stopped = true;
      for (const { id, store, load } of loads) {
        expect((await load).rows.length).toBeGreaterThan(20);
        await expectStored(store, id, await load);
      }
      for (const store of stores) await store.close();
    },
  );

  test('a read gets its answer over another connection', async () => {
    await using proxy = await startProxy();
    const store = await openStore({ url: urlThrough(proxy), answerMaxMs: 100 });
    const run = flowRun();
    await store.putFlowRun(run);
    expect(await store.read(({ flowRuns }) => flowRuns.get(run.id))).toMatchObject({ id: run.id });
    proxy.swallow('answers');
    const found = store.read(({ flowRuns }) => flowRuns.get(run.id));
    await wait(100);
    proxy.swallow('nothing');
    expect(await found).toMatchObject({ id: run.id });
    await store.close();
  });

  test('a way that stays silent is told in the time for retries, and does not hold up the closing', async () => {
    await using proxy = await startProxy();
    const store = await openStore({ url: urlThrough(proxy), answerMaxMs: 100, retryMaxMs: 500 });
    await store.putFlowRun(flowRun());
    proxy.swallow('requests');
    await expect(store.putFlowRun(flowRun())).rejects.toMatchObject({ code: 'StoreUnavailable' });
    await store.close();
  });

  test('a backend that is stopped (SIGSTOP): its commit is waited for, not done twice', async ({ skip }) => {
    const store = await openStore({ url: urlOf(), answerMaxMs });
    let stopped = false;
    const loads = await beginLoads([store], () => stopped);
    await wait(300);
    for (let round = 0; round < 3; round += 1) {
      const { rows } = await admin.query('SELECT pid FROM pg_stat_activity WHERE application_name LIKE $1', [
        `millrace writer % ${schema}`,
      ]);
      const pids = rows.map((row: { pid: number }) => row.pid);
      expect(pids.length).toBeGreaterThan(0);
      try {
        for (const pid of pids) process.kill(pid, 'SIGSTOP');
      } catch {
        stopped = true;
        await Promise.all(loads.map(({ load }) => load));
        await store.close();
        return skip('the server is on another machine, or another user');
      }
      await wait(answerMaxMs * 3);
      for (const pid of pids) process.kill(pid, 'SIGCONT');
      await wait(700);
    }
    stopped = true;
    for (const { id, load } of loads) {
      expect((await load).rows.length).toBeGreaterThan(20);
      await expectStored(store, id, await load);
    }
    await store.close();
  });
});
