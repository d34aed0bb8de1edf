/**
 * Many writers on one PostgreSQL database that want the same rows in opposite orders: all get their turn, and the server never
 * has to end one of them for a deadlock.
 */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { flowRun, nextId, taskRun } from '../conformance/harness.ts';
import { openStore, type Store } from '../index.ts';

const postgresUrl = inject('postgresUrl');
const database = `millrace_locks_${process.pid}`;
const runCount = 12;
const rounds = 8;

describe.skipIf(postgresUrl === '')('writers that want the same rows in opposite orders', () => {
  let admin: pg.Client;
  let stores: readonly Store[];
  const url = (): string => Object.assign(new URL(postgresUrl), { pathname: `/${database}` }).href;

  beforeAll(async () => {
    admin = new pg.Client({ connectionString: postgresUrl });
    await admin.connect();
    // Of its own: the server counts deadlocks by database.
    await admin.query(`CREATE DATABASE ${database}`);
    stores = [await openStore({ url: url() }), await openStore({ url: url() }), await openStore({ url: url() })];
  }, 60_000);
  afterAll(async () => {
    for (const store of stores) await store.close();
    await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
    await admin.end();
  }, 60_000);

  async function deadlocks(): Promise<number> {
    // A session's own counts are there once it has ended.
    const sql = 'SELECT deadlocks FROM pg_stat_database WHERE datname = $1';
    return Number((await admin.query(sql, [database])).rows[0]?.deadlocks);
  }

  /** Each writer in an order of its own: up, down, and from the middle. */
  function inOrderOf(writer: number, ids: readonly string[]): readonly string[] {
    if (writer === 0) return ids;
    if (writer === 1) return ids.toReversed();
    return [...ids.slice(ids.length / 2), ...ids.slice(0, ids.length / 2)];
  }

  test('bodies that lock runs and limits', async () => {
    const [first] = stores as [Store];
    const ids = Array.from({ length: runCount }, () => nextId());
    await Promise.all(ids.map((id) => first.putFlowRun(flowRun({ id }))));
    for (const name of ids)
      await first.write(({ slots }) => slots.setLimit({ name, limit: 1, slotDecayPerSecond: 0, active: true }));
    const lockBoth = (store: Store, id: string) =>
      store.write(async (transaction) => {
        await transaction.slots.lock([id]);
        const run = await transaction.flowRuns.getForUpdate(id);
        if (run !== undefined) await transaction.flowRuns.put({ ...run, crashCount: run.crashCount + 1 });
      });
    const writing = stores.flatMap((store, writer) =>
      Array.from({ length: rounds }, () => inOrderOf(writer, ids).map((id) => lockBoth(store, id))).flat(),
    );
    await Promise.all(writing);
    const runs = await first.read(({ flowRuns }) => flowRuns.list({ limit: runCount }));
    expect(runs.map((run) => run.crashCount)).toEqual(ids.map(() => stores.length * rounds));
    expect(await deadlocks()).toBe(0);
  }, 60_000);

  test('rows under fences, while others lock their runs', async () => {
    const [first, ...others] = stores as [Store, Store, Store];
    const ids = Array.from({ length: runCount }, () => nextId());
    await Promise.all(ids.map((id) => first.putFlowRun(flowRun({ id }))));
    const writing: Promise<unknown>[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const flowRunId of inOrderOf(1, ids))
        writing.push(
          first.putTaskRun(taskRun({ flowRunId }), { flowRunId, token: 1 }),
          first.write(async () => {}),
        );
      for (const store of others)
        for (const id of ids) writing.push(store.write(({ flowRuns }) => flowRuns.getForUpdate(id)));
      // A batch a round.
      await first.flush();
    }
    await Promise.all(writing);
    const counts = await Promise.all(
      ids.map((flowRunId) => first.read(async ({ taskRuns }) => (await taskRuns.recorded(flowRunId)).length)),
    );
    expect(counts).toEqual(ids.map(() => rounds));
    expect(await deadlocks()).toBe(0);
  }, 60_000);

  test('a run that another transaction has locked is not waited for by those who would take it up', async () => {
    const [first, second] = stores as [Store, Store];
    const id = nextId();
    await first.putFlowRun(flowRun({ id }));
    const [isLocked, isLookedAt] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const holding = first.write(async ({ flowRuns }) => {
      await flowRuns.getForUpdate(id);
      isLocked.resolve();
      await isLookedAt.promise;
    });
    await isLocked.promise;
    expect(await second.write(({ flowRuns }) => flowRuns.getUnlocked(id))).toBeUndefined();
    isLookedAt.resolve();
    await holding;
    expect(await second.write(({ flowRuns }) => flowRuns.getUnlocked(id))).toMatchObject({ id });
  });
});
