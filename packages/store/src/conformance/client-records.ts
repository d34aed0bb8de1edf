/**
 * Conformance suite of the records that clients write through the API: flows, amendments, heartbeats, inputs, and slots whose lease is no
 * session's.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { flowIdOf, type Store } from '../index.ts';
import { type Database, epoch, flowRun, type MakeDatabase, nextId, state, taskRun } from './harness.ts';

export function exerciseClientRecords(makeDatabase: MakeDatabase): void {
  describe('client records', () => {
    let database: Database;
    let store: Store;
    beforeEach(async () => {
      database = await makeDatabase();
      store = await database.open();
    });
    afterEach(() => database[Symbol.asyncDispose]());

    test('a flow is there with its first run, once, and keeps its id and what was set', async () => {
      const other = await database.open();
      await Promise.all([store, other].map((one) => one.putFlowRun(flowRun({ flowName: 'report' }))));
      const made = await store.read(({ flows }) => flows.getByName('report'));
      expect(made).toMatchObject({ id: flowIdOf('report'), name: 'report', tags: [], labels: {}, createdAt: epoch });
      const amended = await store.write(({ flows }) => flows.amend(flowIdOf('report'), { labels: { team: 'a' } }));
      expect(amended).toMatchObject({ labels: { team: 'a' }, tags: [] });
      await store.putFlowRun(flowRun({ flowName: 'report' }));
      expect(await store.write(({ flows }) => flows.ensure('report'))).toEqual(amended);
      expect(await store.write(({ flows }) => flows.ensure('empty'))).toMatchObject({ id: flowIdOf('empty') });
      expect(await store.write(({ flows }) => flows.amend(nextId(), { tags: ['t'] }))).toBeUndefined();
    });

    test('an amendment changes what it names, and its holder must read the run again', async () => {
      const run = flowRun({
        tags: ['a'],
        details: { labels: { team: 'a' }, context: { x: 1 } },
        parameters: '{"x":1}',
      });
      await store.putFlowRun(run);
      const patch = {
        flowVersion: '2',
        tags: ['b', 'c'],
        policy: { ...run.policy, retries: 7 },
        details: { infrastructurePid: '42', context: null },
      };
      const amended = await store.write(({ flowRuns }) => flowRuns.amend(run.id, patch));
      expect(amended).toMatchObject({
        ...{ flowVersion: '2', tags: ['b', 'c'], name: run.name, parameters: '{"x":1}', state: run.state },
        policy: { retries: 7, crashRetries: 3 },
        details: { labels: { team: 'a' }, infrastructurePid: '42' },
      });
      expect(amended?.details).not.toHaveProperty('context');
      run.state = state('RUNNING');
      await expect(store.putFlowRun(run)).rejects.toMatchObject({ code: 'RUN_CHANGED' });
      const read = await store.read(({ flowRuns }) => flowRuns.get(run.id));
      expect(read).toEqual(amended);
      read!.state = state('RUNNING');
      await store.putFlowRun(read!);
      expect(await store.read(({ flowRuns }) => flowRuns.get(run.id))).toMatchObject({
        ...patch,
        details: amended?.details,
      });
    });

    test('an amendment of nothing changes nothing; of no run it is undefined', async () => {
      const run = flowRun();
      await store.putFlowRun(run);
      expect(await store.write(({ flowRuns }) => flowRuns.amend(run.id, {}))).toEqual(run);
      expect(await store.write(({ flowRuns }) => flowRuns.amend(nextId(), { name: 'x' }))).toBeUndefined();
      expect(await store.write(({ taskRuns }) => taskRuns.amend(nextId(), { name: 'x' }))).toBeUndefined();
    });

    test('a task run keeps its amendment when its states are written', async () => {
      const run = taskRun({ dynamicKey: '0', flowRunId: nextId() });
      await store.putTaskRun(run, null);
      const retryPolicy = { retries: 2, retryDelaysMs: [5], retryJitter: 0.5 };
      const patch = { name: 'mine', tags: ['t'], retryPolicy, details: { estimated: 3 } };
      const amended = await store.write(({ taskRuns }) => taskRuns.amend(run.id, patch));
      expect(amended).toMatchObject(patch);
      await store.putTaskRun({ ...amended!, state: state('RUNNING') }, null);
      expect(await store.read(({ taskRuns }) => taskRuns.get(run.id))).toMatchObject(patch);
    });

    test('one task run has a key of a client, and any number has none', async () => {
      const call = { flowRunId: nextId(), taskKey: 'fetch', dynamicKey: 'fetch-0' };
      await store.putTaskRun(taskRun(call), null);
      await expect(store.putTaskRun(taskRun(call), null)).rejects.toThrow();
      await store.write(({ taskRuns }) => taskRuns.put([0, 1].map(() => taskRun({ ...call, dynamicKey: null }))));
      expect(await store.read(({ taskRuns }) => taskRuns.recorded(call.flowRunId))).toHaveLength(3);
    });

    test('a client that stops its heartbeats is silent after a time, and one that never sent any is not', async () => {
      const [received, never, engines] = [
        flowRun({ driver: 'client', state: state('RUNNING') }),
        flowRun({ driver: 'client', state: state('RUNNING') }),
        flowRun({ state: state('RUNNING') }),
      ];
      for (const run of [received, never, engines]) await store.putFlowRun(run);
      const seen = (id: string) => store.write(({ flowRuns }) => flowRuns.seen(id));
      expect([await seen(received.id), await seen(engines.id), await seen(nextId())]).toEqual([true, false, false]);
      const silent = async (silentMs: number) =>
        (await store.read(({ flowRuns }) => flowRuns.silent({ silentMs, limit: 10 }))).map(({ id }) => id);
      expect(await silent(90_000)).toEqual([]);
      expect(await silent(0)).toEqual([received.id]);
      const read = await store.read(({ flowRuns }) => flowRuns.get(received.id));
      expect(read?.lastSeenAt).not.toBeNull();
      read!.state = state('COMPLETED');
      await store.putFlowRun(read!);
      expect(await silent(0)).toEqual([]);
      expect(await seen(received.id)).toBe(false);
    });

    test('a session that claims a run drives it', async () => {
      const run = flowRun({ driver: 'client' });
      await store.putFlowRun(run);
      expect(await store.write(({ flowRuns }) => flowRuns.claim(run, 's'))).toMatchObject({ driver: 'engine' });
    });

    test('inputs of a run: one a key, by beginning, until they are removed', async () => {
      const flowRunId = nextId();
      const insert = (key: string) =>
        store.write(({ runInputs }) => runInputs.insert({ flowRunId, key, value: `"${key}"`, sender: null }));
      for (const key of ['a-1', 'a-2', 'b-1']) expect(await insert(key)).toBe(true);
      expect(await insert('a-1')).toBe(false);
      const list = async (prefix: string, except: readonly string[]) =>
        (await store.read(({ runInputs }) => runInputs.list(flowRunId, { prefix, except, limit: 10 }))).map(
          ({ key }) => key,
        );
      expect(await list('a-', [])).toEqual(['a-1', 'a-2']);
      expect(await list('', ['a-1'])).toEqual(['a-2', 'b-1']);
      expect(await store.read(({ runInputs }) => runInputs.get(flowRunId, 'b-1'))).toMatchObject({
        value: '"b-1"',
        sender: null,
      });
      expect(await store.write(({ runInputs }) => runInputs.remove(flowRunId, 'b-1'))).toBe(true);
      expect(await store.write(({ runInputs }) => runInputs.remove(flowRunId, 'b-1'))).toBe(false);
    });

    describe('slots', () => {
      const occupied = async () => (await store.read(({ slots }) => slots.getLimit('db')))?.occupied;
      const hold = { names: ['db'], mode: 'concurrency', sessionId: null } as const;
      beforeEach(() =>
        store.write(({ slots }) => slots.setLimit({ name: 'db', limit: 10, slotDecayPerSecond: 0, active: true })),
      );

      test('with a lease of their own count until it is over, whatever becomes of sessions', async () => {
        await store.write(async ({ slots }) => {
          await slots.hold({ ...hold, leaseId: 'kept', occupy: 2, holderId: 'client', leaseMs: 60_000 });
          await slots.hold({ ...hold, leaseId: 'lapsed', occupy: 3, holderId: 'client', leaseMs: 60_000 });
        });
        expect(await occupied()).toBe(5);
        await database.advance(40_000);
        expect(await store.write(({ slots }) => slots.extend('kept', 60_000))).toBe(true);
        await database.advance(40_000);
        expect(await occupied()).toBe(2);
        expect(await store.write(({ slots }) => slots.extend('lapsed', 60_000))).toBe(false);
        expect(await store.write(({ slots }) => slots.sweep(10))).toBe(1);
        expect(await store.write(({ slots }) => slots.release('kept'))).toBe(true);
        expect(await occupied()).toBe(0);
      });

      test('without a lease are given back by number, the oldest first, and no others', async () => {
        for (const [leaseId, occupy] of [
          ['1', 1],
          ['2', 3],
        ] as const) {
          await store.write(({ slots }) => slots.hold({ ...hold, leaseId, occupy, holderId: null }));
        }
        await store.write(({ slots }) =>
          slots.hold({ ...hold, leaseId: '3', occupy: 1, holderId: 'run', leaseMs: 60_000 }),
        );
        const give = (count: number) => store.write(({ slots }) => slots.releaseAnonymous('db', count));
        expect([await give(2), await occupied()]).toEqual([2, 3]);
        const left = await store.read(({ slots }) => slots.holders('db', 10));
        expect(left.map(({ leaseId, occupy }) => [leaseId, occupy])).toEqual([
          ['2', 2],
          ['3', 1],
        ]);
        expect([await give(5), await give(1), await occupied()]).toEqual([2, 0, 1]);
      });

      test('a limit keeps its id when it is changed', async () => {
        const before = await store.read(({ slots }) => slots.getLimit('db'));
        await store.write(({ slots }) =>
          slots.setLimit({ name: 'db', limit: 1, slotDecayPerSecond: 0, active: false }),
        );
        const after = await store.read(({ slots }) => slots.getLimit('db'));
        expect(after).toMatchObject({ id: before?.id, createdAt: before?.createdAt, limit: 1 });
      });
    });
  });
}
