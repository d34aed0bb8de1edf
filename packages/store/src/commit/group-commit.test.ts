/** Group commit under faults: nothing acknowledged is lost, nothing is applied twice, no caller waits for ever. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { machineHost, type StoreHost } from '../adapters/host.ts';
import { FaultyDialect, type Moment } from '../conformance/faulty-dialect.ts';
import { flowRun, state, taskRun } from '../conformance/harness.ts';
import type { FaultKind } from '../sql/dialect.ts';
import { openSqlite } from '../dialect/sqlite/open.ts';
import { SqlStore } from '../sql-store.ts';

/** Timers that fire at once and move the clock by what they would have waited. */
function jumpingHost(): StoreHost {
  let now = 1_763_880_000_000;
  const clock = {
    now: () => now,
    setTimer(delayMs: number, callback: () => void) {
      const immediate = setImmediate(() => {
        now += delayMs;
        callback();
      });
      return { cancel: () => clearImmediate(immediate) };
    },
  };
  return { ...machineHost, clock, random: () => 0.5 };
}

async function makeStore() {
  const host = jumpingHost();
  const inner = await openSqlite({ path: ':memory:', durability: 'synced', host, retryMaxMs: 60_000 });
  const dialect = new FaultyDialect(inner);
  return { dialect, store: new SqlStore({ dialect, host, retryMaxMs: 60_000 }) };
}

describe('group commit', () => {
  let dialect: FaultyDialect;
  let store: SqlStore;
  beforeEach(async () => {
    ({ dialect, store } = await makeStore());
  });
  afterEach(() => store.close());

  const setVariable = (name: string) =>
    store.write((transaction) => transaction.variables.set({ name, value: '1', tags: [], overwrite: true }));
  const line = (message: string) => ({ flowRunId: null, taskRunId: 't', level: 20, logger: 'l', message, at: 1 });

  test('a thousand rows and bodies that wait together are one commit', async () => {
    const run = flowRun();
    const puts = [store.putFlowRun(run)];
    for (let count = 0; count < 1_000; count += 1) {
      puts.push(store.putTaskRun(taskRun({ flowRunId: run.id }), { flowRunId: run.id, token: 1 }));
    }
    await Promise.all([...puts, setVariable('a'), setVariable('b')]);
    expect(dialect.commitCount).toBe(1);
  });

  test('a lock held by others is waited for', async () => {
    dialect.fail('begin', 'busy', 40);
    dialect.fail('commit', 'busy', 2);
    const task = taskRun();
    await Promise.all([store.putTaskRun(task, null), setVariable('a')]);
    expect(dialect.pendingFaultCount).toBe(0);
    const stored = await store.read(({ taskRuns, variables }) =>
      Promise.all([taskRuns.get(task.id), variables.get('a')]),
    );
    expect(stored).toMatchObject([{ id: task.id }, { name: 'a' }]);
  });

  test('a lock held for a minute is told as StoreBusy, and later writes work', async () => {
    dialect.fail('begin', 'busy', 10_000);
    await expect(store.putTaskRun(taskRun(), null)).rejects.toMatchObject({ code: 'StoreBusy' });
    dialect.heal();
    await store.putTaskRun(taskRun(), null);
  });

  test('a body that never ends is told as StoreBusy and writes nothing more, and others go on', async () => {
    let go = () => {};
    const later = new Promise<void>((resolve) => {
      go = resolve;
    });
    const late = Promise.withResolvers<unknown>();
    const endless = store.write(async (transaction) => {
      await transaction.variables.set({ name: 'a', value: '1', tags: [], overwrite: true });
      await later;
      transaction.variables.set({ name: 'b', value: '1', tags: [], overwrite: true }).catch(late.resolve);
    });
    await expect(endless).rejects.toMatchObject({ code: 'StoreBusy' });
    const other = store.write(async (transaction) => {
      go();
      expect(await late.promise).toMatchObject({ message: expect.stringContaining('over') });
      return transaction.variables.set({ name: 'c', value: '1', tags: [], overwrite: true });
    });
    expect(await other).toBe(true);
    const names = await store.read(async ({ variables }) => (await variables.list()).map(({ name }) => name));
    expect(names).toEqual(['c']);
  });

  test('a body that waits for another write is told as StoreBusy, and the other is written', async () => {
    const inner: Promise<unknown>[] = [];
    const outer = store.write(async () => {
      inner.push(setVariable('inner'));
      await inner[0];
    });
    await expect(outer).rejects.toMatchObject({ code: 'StoreBusy' });
    await inner[0];
  });

  test('an error after the commit loses nothing and applies nothing twice', async () => {
    const run = flowRun();
    dialect.fail('after commit', 'connection');
    await store.putFlowRun(run);
    run.state = state('RUNNING');
    dialect.fail('after commit', 'connection');
    dialect.fail('reconnect', 'connection', 3);
    await Promise.all([store.putFlowRun(run), store.appendLogs([line('one'), line('two')])]);
    expect((await store.read((transaction) => transaction.flowRuns.get(run.id)))?.revision).toBe(run.revision);
    expect(await store.read((transaction) => transaction.logs.list({ taskRunId: 't' }))).toHaveLength(2);
    let calls = 0;
    dialect.fail('after commit', 'connection');
    const answer = await store.write(async (transaction) => {
      calls += 1;
      await transaction.logs.append([line('three')]);
      return 'answer';
    });
    expect([answer, calls]).toEqual(['answer', 1]);
    expect(await store.read((transaction) => transaction.logs.list({ taskRunId: 't' }))).toHaveLength(3);
  });

  test('a connection lost before the commit is written again', async () => {
    const run = flowRun();
    dialect.fail('write', 'connection');
    dialect.fail('commit', 'conflict', 3);
    await Promise.all([store.putFlowRun(run), setVariable('a'), store.appendLogs([line('one')])]);
    expect(await store.read((transaction) => transaction.logs.list({ taskRunId: 't' }))).toHaveLength(1);
  });

  test('a full disk refuses what waits and nothing else', async () => {
    dialect.fail('commit', 'full');
    const refused = await Promise.allSettled([store.putTaskRun(taskRun(), null), setVariable('a')]);
    for (const answer of refused) expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'StoreFull' } });
    await store.putTaskRun(taskRun(), null);
    expect(await store.read((transaction) => transaction.variables.get('a'))).toBeUndefined();
  });

  test('after an I/O error nothing is accepted any more, and the commit is not tried again', async () => {
    dialect.fail('commit', 'io');
    const first = store.putTaskRun(taskRun(), null);
    await expect(first).rejects.toMatchObject({ code: 'StoreUnavailable' });
    await expect(setVariable('a')).rejects.toMatchObject({ code: 'StoreUnavailable' });
    expect(store.flushSync()).toBe(false);
    expect(dialect.commitCount).toBe(0);
  });

  test('a read-only database says so', async () => {
    dialect.fail('begin', 'readonly');
    await expect(setVariable('a')).rejects.toMatchObject({ code: 'StoreReadOnly' });
  });

  test('a synchronous flush in the middle of a body writes the rows; the body runs again', async () => {
    const run = flowRun();
    const task = taskRun();
    let calls = 0;
    const put = store.putFlowRun(run);
    const body = store.write(async (transaction) => {
      calls += 1;
      await transaction.variables.set({ name: `v${calls}`, value: '1', tags: [], overwrite: true });
      if (calls === 1) {
        void store.putTaskRun(task, null);
        expect(store.flushSync()).toBe(false);
      }
      await transaction.variables.set({ name: 'last', value: '1', tags: [], overwrite: true });
    });
    await Promise.all([put, body]);
    expect(calls).toBe(2);
    const names = await store.read(async (transaction) => (await transaction.variables.list()).map(({ name }) => name));
    expect(names).toEqual(['last', 'v2']);
    expect(await store.read((transaction) => transaction.taskRuns.get(task.id))).toBeDefined();
    expect((await store.read((transaction) => transaction.flowRuns.get(run.id)))?.revision).toBe(run.revision);
  });

  test('a synchronous flush while the writer waits for a lock writes once', async () => {
    dialect.fail('begin', 'busy', 3);
    const run = flowRun();
    const put = Promise.all([store.putFlowRun(run), store.appendLogs([line('one')])]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(store.flushSync()).toBe(true);
    await put;
    await store.putFlowRun(run);
    expect(await store.read((transaction) => transaction.logs.list({ taskRunId: 't' }))).toHaveLength(1);
  });

  test('a clock that is set meanwhile makes nobody give up early', async () => {
    const host = jumpingHost();
    const hourMs = 3_600_000;
    let hours = 0;
    const now = () => {
      hours += 1;
      return host.clock.now() + hours * hourMs;
    };
    const clock = { ...host.clock, now };
    const patient = new SqlStore({ dialect, host: { ...host, clock }, retryMaxMs: 60_000 });
    dialect.fail('begin', 'busy', 50);
    await patient.putTaskRun(taskRun(), null);
  });

  test('whatever fails and when: acknowledged is stored, refused is not, counts are exact', async () => {
    const moments: Moment[] = ['begin', 'write', 'commit', 'after commit', 'reconnect'];
    const kinds: FaultKind[] = ['busy', 'conflict', 'connection', 'full'];
    const fault = fc.record({ moment: fc.constantFrom(...moments), kind: fc.constantFrom(...kinds), times: fc.nat(3) });
    const step = fc.constantFrom('task', 'flow', 'body', 'log', 'bad body', 'stale', 'wait');
    const property = fc.asyncProperty(
      fc.array(fault, { maxLength: 6 }),
      fc.array(step, { maxLength: 25 }),
      async (faults, steps) => {
        const made = await makeStore();
        for (const { moment, kind, times } of faults) {
          // A committed write can't fail for a lock or a full disk any more.
          made.dialect.fail(moment, moment === 'after commit' || moment === 'reconnect' ? 'connection' : kind, times);
        }
        await runSteps(made.store, steps);
        await made.store.close();
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });
});

async function runSteps(store: SqlStore, steps: readonly string[]): Promise<void> {
  const holder = flowRun();
  const held = await store.putFlowRun(holder).then(
    () => true,
    () => false,
  );
  const counter = { acknowledged: 0 };
  const checks: (() => Promise<void>)[] = [];
  const waiting: Promise<unknown>[] = [];
  const follow = (promise: Promise<unknown>, check: (acknowledged: boolean) => Promise<void>) => {
    const settled = promise.then(
      () => checks.push(() => check(true)),
      () => checks.push(() => check(false)),
    );
    waiting.push(settled);
  };
  for (const step of steps) {
    if (step === 'wait') await Promise.all(waiting);
    if (step === 'task' || step === 'stale') {
      const task = taskRun({ flowRunId: holder.id });
      follow(store.putTaskRun(task, { flowRunId: holder.id, token: step === 'task' ? 1 : 9 }), async (acknowledged) => {
        const stored = await store.read((transaction) => transaction.taskRuns.get(task.id));
        expect(stored !== undefined).toBe(acknowledged);
        if (step === 'stale' || !held) expect(acknowledged).toBe(false);
      });
    }
    if (step === 'flow') {
      const run = flowRun();
      follow(store.putFlowRun(run), async (acknowledged) => {
        const stored = await store.read((transaction) => transaction.flowRuns.get(run.id));
        expect(stored?.revision ?? '').toBe(acknowledged ? run.revision : '');
      });
    }
    if (step === 'log') {
      const row = { flowRunId: null, taskRunId: `t${waiting.length}`, level: 20, logger: 'l', message: 'm', at: 1 };
      follow(store.appendLogs([row]), async (acknowledged) => {
        const lines = await store.read((transaction) => transaction.logs.list({ taskRunId: row.taskRunId }));
        expect(lines).toHaveLength(acknowledged ? 1 : 0);
      });
    }
    if (step === 'body' || step === 'bad body') {
      const body = store.write(async (transaction) => {
        const before = Number((await transaction.variables.get('count'))?.value ?? 0);
        await transaction.variables.set({ name: 'count', value: `${before + 1}`, tags: [], overwrite: true });
        if (step === 'bad body') throw new Error('no');
      });
      follow(body, async (acknowledged) => {
        if (acknowledged) counter.acknowledged += 1;
      });
    }
  }
  await Promise.all(waiting);
  for (const check of checks) await check();
  const count = await store.read((transaction) => transaction.variables.get('count'));
  expect(Number(count?.value ?? 0)).toBe(counter.acknowledged);
}
