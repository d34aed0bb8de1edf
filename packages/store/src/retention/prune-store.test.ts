/** Retention (F51): what is old goes, in small steps, with all that hangs on it; what has not ended stays, whatever happens. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { epoch, flowRun, nextId, openSession, state, taskRun } from '../conformance/harness.ts';
import { machineHost, openStore, pruneStore, type PruneOptions, type Store } from '../index.ts';

const postgresUrl = inject('postgresUrl');
const large = JSON.stringify('large '.repeat(20_000));
const ageMs = 60_000;
const cleanUps: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(dialect: string): Promise<Store> {
  let url: string;
  if (dialect === 'sqlite') {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-prune-'));
    cleanUps.push(() => rmSync(folder, { recursive: true }));
    url = join(folder, 'store.db');
  } else {
    const schema = `millrace_prune_${process.pid}_${nextId().slice(-12, -3)}`;
    const client = new pg.Client({ connectionString: postgresUrl });
    await client.connect();
    cleanUps.push(() => client.end());
    cleanUps.push(() => client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`));
    const parsed = new URL(postgresUrl);
    parsed.searchParams.set('schema', schema);
    url = parsed.href;
  }
  const store = await openStore({ url, durability: 'process' });
  cleanUps.push(() => store.close());
  return store;
}

const prune = (store: Store, options: Partial<PruneOptions> = {}) =>
  pruneStore(store, { olderThanMs: ageMs, limit: 1_000, now: epoch + 10 * ageMs, ...options });

interface Tree {
  readonly root: string;
  readonly child: string;
  readonly task: string;
}

/** A run with a child, tasks in both, logs, artifacts and signals, ended at `endAt` (null = it runs on). */
async function makeTree(store: Store, endAt: number | null, tasks = 3): Promise<Tree> {
  const now = endAt === null ? state('RUNNING') : state('COMPLETED', endAt);
  const root = flowRun({ state: now, endAt });
  const child = flowRun({ state: now, endAt, parentFlowRunId: root.id, rootFlowRunId: root.id });
  await store.putFlowRun(root);
  await store.putFlowRun(child);
  let last = '';
  for (const run of [root, child]) {
    for (let index = 0; index < tasks; index += 1) {
      const task = taskRun({ flowRunId: run.id, state: now, endAt });
      last = task.id;
      void store.putTaskRun(task, null);
    }
    const line = { flowRunId: run.id, taskRunId: null, level: 20, logger: 'l', message: 'm', at: epoch };
    await store.appendLogs(Array.from({ length: tasks }, () => line));
    await store.write(async (t) => {
      await t.artifacts.insert({
        id: nextId(),
        key: null,
        type: 'markdown',
        description: null,
        data: 'd',
        flowRunId: run.id,
        taskRunId: null,
      });
      const signal = { flowRunId: run.id, name: 's', payload: '1', idempotencyKey: null };
      await t.signals.send({ id: nextId(), ...signal });
    });
  }
  return { root: root.id, child: child.id, task: last };
}

async function countsOf(store: Store, { root, child, task }: Tree): Promise<readonly number[]> {
  return store.read(async (t) => [
    (await t.flowRuns.heads([root, child])).length,
    (await t.taskRuns.recorded(root)).length + (await t.taskRuns.recorded(child)).length,
    (await t.logs.list({ flowRunId: root })).length + (await t.logs.list({ flowRunId: child })).length,
    (await t.artifacts.list({ flowRunId: root })).length + (await t.artifacts.list({ flowRunId: child })).length,
    (await t.signals.list(root)).length + (await t.signals.list(child)).length,
    (await t.taskRuns.get(task)) === undefined ? 0 : 1,
  ]);
}

describe.each(['sqlite', ...(postgresUrl === '' ? [] : ['postgres'])])('retention on %s', (dialect) => {
  test('an old run goes with its children, task runs, logs, artifacts and signals; a young and an unfinished one stay', async () => {
    const store = await open(dialect);
    const old = await makeTree(store, epoch);
    const young = await makeTree(store, epoch + 9.5 * ageMs);
    const unfinished = await makeTree(store, null);
    const counts = await prune(store);
    expect(counts).toMatchObject({ flowRuns: 2, taskRuns: 6, logs: 6, artifacts: 2, signals: 2, complete: true });
    expect(await countsOf(store, old)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await countsOf(store, young)).toEqual([2, 6, 6, 2, 2, 1]);
    expect(await countsOf(store, unfinished)).toEqual([2, 6, 6, 2, 2, 1]);
    expect(await prune(store)).toMatchObject({ flowRuns: 0, taskRuns: 0, complete: true });
  });

  test('what is NotReady for good keeps nothing: it counts as ended when it became so', async () => {
    const store = await open(dialect);
    const notReady = (at: number) => ({ ...state('PENDING', at), name: 'NotReady' as const });
    const root = flowRun({ state: state('COMPLETED'), endAt: epoch });
    const child = flowRun({ state: notReady(epoch), parentFlowRunId: root.id, rootFlowRunId: root.id });
    const alone = flowRun({ state: notReady(epoch) });
    const young = flowRun({ state: notReady(epoch + 9.5 * ageMs) });
    for (const run of [root, child, alone, young]) await store.putFlowRun(run);
    const [loose, kept] = [taskRun({ state: notReady(epoch) }), taskRun({ state: notReady(epoch + 9.5 * ageMs) })];
    await Promise.all([store.putTaskRun(loose, null), store.putTaskRun(kept, null)]);
    expect(await prune(store)).toMatchObject({ flowRuns: 3, taskRuns: 1, complete: true });
    const left = await store.read(async (t) => [...(await t.flowRuns.list({})), ...(await t.taskRuns.list({}))]);
    expect(left.map(({ id }) => id)).toEqual([young.id, kept.id]);
  });

  test('ids of clients, which grow with nothing, neither hide an old run nor give away a young one', async () => {
    const store = await open(dialect);
    const end = (at: number) => ({ state: state('COMPLETED', at), createdAt: at, endAt: at });
    const ids = ['ffffffff-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'] as const;
    for (const [last, first] of [ids, ids.toReversed()] as const) {
      await store.putFlowRun(flowRun({ id: first!, ...end(epoch + 9.5 * ageMs) }));
      await store.putFlowRun(flowRun({ id: last!, ...end(epoch) }));
      expect(await prune(store)).toMatchObject({ flowRuns: 1, complete: true });
      expect((await store.read(({ flowRuns }) => flowRuns.list({}))).map(({ id }) => id)).toEqual([first]);
      await store.write(({ flowRuns }) => flowRuns.retireTree(first!));
      await prune(store);
    }
  });

  test('slots that came back go, and those that are held stay', async () => {
    const store = await open(dialect);
    const hold = { names: ['api'], occupy: 1, holderId: 'h', sessionId: null } as const;
    await store.write(async ({ slots }) => {
      await slots.setLimit({ name: 'api', limit: 100, slotDecayPerSecond: 1e9, active: true });
      await slots.hold({ ...hold, leaseId: 'held', mode: 'concurrency' });
      for (let count = 0; count < 25; count += 1) await slots.hold({ ...hold, leaseId: nextId(), mode: 'rate' });
    });
    await expect.poll(async () => (await store.read(({ slots }) => slots.getLimit('api')))?.occupied).toBe(1);
    await prune(store, { rowsMax: 10 });
    expect(await store.write(({ slots }) => slots.sweep(100))).toBe(0);
    expect(await store.read(({ slots }) => slots.holders('api', 10))).toHaveLength(1);
  });

  test('changes that every follower has read go, and those that one has still to read stay', async () => {
    const store = await open(dialect);
    const name = 'deriver';
    const read = () => store.read(({ changeFeed }) => changeFeed.read({ name, limit: 10 }));
    await store.write(({ changeFeed }) => changeFeed.follow({ name, ttlMs: 3_600_000 }));
    await store.putFlowRun(flowRun());
    await expect.poll(async () => (await read())?.changes.length).toBe(1);
    await prune(store);
    const [change] = (await read())?.changes ?? [];
    if (change === undefined) throw new Error('the unread change is gone');
    await store.write(({ changeFeed }) => changeFeed.advance({ name, to: change.position, ttlMs: 3_600_000 }));
    await prune(store);
    expect(await store.write(({ changeFeed }) => changeFeed.prune(10))).toBe(0);
  });

  test('what is written of a run that is gone goes with the next pass', async () => {
    const store = await open(dialect);
    const old = await makeTree(store, epoch);
    const kept = await makeTree(store, null);
    await prune(store);
    const line = { taskRunId: null, level: 20, logger: 'l', message: 'late', at: epoch + 9.5 * ageMs };
    await store.appendLogs([old.root, old.child].map((flowRunId) => ({ ...line, flowRunId })));
    const artifact = { key: null, type: 'markdown', description: null, data: 'd', taskRunId: null } as const;
    await store.write(({ artifacts }) => artifacts.insert({ ...artifact, id: nextId(), flowRunId: old.child }));
    expect(await prune(store)).toMatchObject({ flowRuns: 0, logs: 2, artifacts: 1, complete: true });
    expect(await countsOf(store, old)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await countsOf(store, kept)).toEqual([2, 6, 6, 2, 2, 1]);
  });

  test('a run is deleted in steps of a few rows, and a pass that was cut off is finished by the next', async () => {
    const store = await open(dialect);
    const old = await makeTree(store, epoch, 40);
    const abort = new AbortController();
    const write = store.write.bind(store);
    let steps = 0;
    store.write = (body) => {
      steps += 1;
      if (steps === 5) abort.abort();
      return write(body);
    };
    const first = await prune(store, { rowsMax: 10, signal: abort.signal });
    expect(first.complete).toBe(false);
    expect(first.flowRuns).toBe(2);
    expect((await countsOf(store, old))[0]).toBe(0);
    const second = await prune(store, { rowsMax: 10 });
    expect(second.complete).toBe(true);
    expect(first.taskRuns + second.taskRuns).toBe(80);
    expect(first.logs + second.logs).toBe(80);
    expect(await countsOf(store, old)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await store.read(({ maintenance }) => maintenance.removals('flow-run', 10))).toEqual([]);
  });

  test('the limit holds, and says that there is more', async () => {
    const store = await open(dialect);
    for (let index = 0; index < 5; index += 1) await makeTree(store, epoch, 1);
    expect(await prune(store, { limit: 3 })).toMatchObject({ flowRuns: 6, complete: false });
    expect(await prune(store, { limit: 3 })).toMatchObject({ flowRuns: 4, complete: true });
  });

  test('an ended run with something unfinished under it stays', async () => {
    const store = await open(dialect);
    const root = flowRun({ state: state('FAILED'), endAt: epoch });
    const child = flowRun({ state: state('RUNNING'), parentFlowRunId: root.id, rootFlowRunId: root.id });
    await store.putFlowRun(root);
    await store.putFlowRun(child);
    expect((await prune(store)).flowRuns).toBe(0);
    expect((await store.read(({ flowRuns }) => flowRuns.heads([root.id, child.id]))).length).toBe(2);
  });

  test('a run that was started again since it was looked at stays', async () => {
    const store = await open(dialect);
    const { root } = await makeTree(store, epoch, 1);
    const run = (await store.read(({ flowRuns }) => flowRuns.get(root)))!;
    run.state = state('RUNNING');
    run.endAt = null;
    await store.putFlowRun(run);
    const query = { endedBefore: epoch + ageMs, blobsDueAt: 0 };
    expect(await store.write(({ maintenance }) => maintenance.retireFlowRun(root, query))).toBe(false);
  });

  test('task runs outside any flow go with their logs', async () => {
    const store = await open(dialect);
    const old = taskRun({ state: state('COMPLETED'), endAt: epoch });
    const unfinished = taskRun({ state: state('RUNNING') });
    await Promise.all([store.putTaskRun(old, null), store.putTaskRun(unfinished, null)]);
    const line = { flowRunId: null, level: 20, logger: 'l', message: 'm', at: epoch };
    await store.appendLogs([old.id, unfinished.id, null].map((taskRunId) => ({ ...line, taskRunId })));
    expect(await prune(store)).toMatchObject({ taskRuns: 1, logs: 2, complete: true });
    expect((await store.read(({ taskRuns }) => taskRuns.list({}))).map(({ id }) => id)).toEqual([unfinished.id]);
    expect(await store.read(({ logs }) => logs.list({ taskRunId: unfinished.id }))).toHaveLength(1);
  });

  test('expired cached values, old ones, dead sessions and loose artifacts go; the others stay', async () => {
    const store = await open(dialect);
    const now = await store.read((t) => t.now());
    await store.write(async (t) => {
      await t.cache.put({ key: 'expired', outcome: '1', taskRunId: null, expiresAt: now - 1 });
      await t.cache.put({ key: 'valid', outcome: '2', taskRunId: null, expiresAt: now + 3_600_000 });
      await t.cache.put({ key: 'eternal', outcome: '3', taskRunId: null, expiresAt: null });
      const artifact = { id: nextId(), key: 'k', type: 'markdown', description: null, data: 'd' } as const;
      await t.artifacts.insert({ ...artifact, flowRunId: null, taskRunId: null });
    });
    const dead = await openSession(store, { ttlMs: -1 });
    const live = await openSession(store);
    expect(await prune(store, { now })).toMatchObject({ cacheEntries: 1, sessions: 0, artifacts: 0 });
    const dayMs = 24 * 3_600_000;
    expect(await prune(store, { now: now + dayMs + 10_000, cacheOlderThanMs: dayMs })).toMatchObject({
      cacheEntries: 1,
      artifacts: 1,
      sessions: 1,
    });
    expect(await store.read(({ cache }) => cache.get('valid'))).toBeDefined();
    expect(await store.read(({ sessions }) => sessions.get(dead.id))).toBeUndefined();
    expect(await store.read(({ sessions }) => sessions.get(live.id))).toBeDefined();
  });

  test('values outside the database go with the last row that refers to them, after their time of grace', async () => {
    const store = await open(dialect);
    const outcome = await store.blobs.offload(large, { runId: 'r' });
    const run = flowRun({ state: state('COMPLETED'), endAt: epoch, parameters: outcome });
    const task = taskRun({ flowRunId: run.id, state: state('COMPLETED'), endAt: epoch, outcome });
    const lasting = taskRun({ state: state('RUNNING'), outcome });
    await store.putFlowRun(run);
    await Promise.all([store.putTaskRun(task, null), store.putTaskRun(lasting, null)]);
    const now = await store.read((t) => t.now());
    expect(await prune(store, { now, orphans: false })).toMatchObject({ flowRuns: 1, taskRuns: 1, blobs: 0 });
    expect(await store.blobs.fetch(outcome, { runId: 'r' })).toBe(large);
    // Due at once, and still in use: it stays.
    const location = `${outcome.split(':').slice(0, 3).join(':')}:`;
    await store.write(async ({ maintenance }) => {
      await maintenance.settle('blob', [location]);
      await maintenance.noteBlobs([location], 0);
    });
    lasting.state = state('COMPLETED', now - 2 * ageMs);
    lasting.endAt = now - 2 * ageMs;
    const due = { now, blobGraceMs: -1, orphans: false };
    expect(await prune(store, due)).toMatchObject({ taskRuns: 0, blobs: 0 });
    await store.putTaskRun(lasting, null);
    expect(await prune(store, due)).toMatchObject({ taskRuns: 1, blobs: 1 });
    await expect(store.blobs.fetch(outcome, { runId: 'r' })).rejects.toMatchObject({ code: 'BlobMissing' });
  });

  test('a value whose row was never committed is collected a day later; one that is referred to is not', async () => {
    const store = await open(dialect);
    const orphan = await store.blobs.offload(large, { runId: 'orphan' });
    const task = taskRun({ outcome: await store.blobs.offload(large, { runId: 'kept' }) });
    await store.putTaskRun(task, null);
    const now = await store.read((t) => t.now());
    expect((await prune(store, { now })).blobs).toBe(0);
    const aDayLater = { now: now + 25 * 3_600_000 };
    expect((await prune(store, { ...aDayLater, blobGraceMs: -26 * 3_600_000 })).blobs).toBe(1);
    await expect(store.blobs.fetch(orphan, { runId: 'orphan' })).rejects.toMatchObject({ code: 'BlobMissing' });
    expect(await store.blobs.fetch(task.outcome!, { runId: task.id })).toBe(large);
    // Left over for a day, and still not deleted before its time of grace is over.
    const another = await store.blobs.offload(large, { runId: 'another' });
    expect((await prune(store, aDayLater)).blobs).toBe(0);
    expect(await store.blobs.fetch(another, { runId: 'another' })).toBe(large);
  });

  test('two that prune at once delete everything once', async () => {
    const store = await open(dialect);
    for (let index = 0; index < 10; index += 1) await makeTree(store, epoch, 5);
    const both = await Promise.all([prune(store), prune(store)]);
    const total = (name: 'flowRuns' | 'taskRuns' | 'logs') => both[0][name] + both[1][name];
    expect([total('flowRuns'), total('taskRuns'), total('logs')]).toEqual([20, 100, 100]);
  });
});

describe.each(['sqlite', ...(postgresUrl === '' ? [] : ['postgres'])])('retention beside load on %s', (dialect) => {
  test('writes come between its steps, and no live row is deleted', async () => {
    const store = await open(dialect);
    const wide = flowRun({ state: state('COMPLETED'), endAt: epoch });
    await store.putFlowRun(wide);
    const outcome = JSON.stringify('x'.repeat(4_000));
    for (let index = 0; index < 5_000; index += 1) {
      void store.putTaskRun(taskRun({ flowRunId: wide.id, state: state('COMPLETED'), endAt: epoch, outcome }), null);
    }
    await store.flush();
    const live = flowRun({ state: state('RUNNING') });
    await store.putFlowRun(live);
    let writeCount = 0;
    let pruning = true;
    const load = (async () => {
      while (pruning) {
        await store.putTaskRun(taskRun({ flowRunId: live.id }), { flowRunId: live.id, token: 1 });
        writeCount += 1;
        await new Promise((resolve) => machineHost.defer(() => resolve(undefined)));
      }
    })();
    const counts = await prune(store);
    pruning = false;
    await load;
    expect(counts).toMatchObject({ flowRuns: 1, taskRuns: 5_000, complete: true });
    const rows = await store.read(({ taskRuns }) => taskRuns.counts({ flowRunId: live.id }));
    expect(rows[0]?.count).toBe(writeCount);
    // 5,000 rows in steps of 500: a writer that had to wait for all of them would have come in once or twice.
    expect(writeCount).toBeGreaterThanOrEqual(5);
  });

  test('nothing is left of a database whose runs are all old', async () => {
    const store = await open('sqlite');
    for (let index = 0; index < 3; index += 1) await makeTree(store, epoch);
    await store.blobs.offload(large, { runId: 'r' });
    await prune(store, { now: epoch + 10 * 365 * 24 * 3_600_000, blobGraceMs: -10 * 365 * 24 * 3_600_000 });
    const left = await store.read(async (t) => [
      (await t.flowRuns.list({})).length,
      (await t.taskRuns.list({})).length,
      (await t.logs.list({})).length,
      (await t.artifacts.list({})).length,
    ]);
    expect(left).toEqual([0, 0, 0, 0]);
    const blobs = join(store.location, '..', 'blobs');
    expect(existsSync(blobs) ? readdirSync(blobs).flatMap((shard) => readdirSync(join(blobs, shard))) : []).toEqual([]);
  });
});
