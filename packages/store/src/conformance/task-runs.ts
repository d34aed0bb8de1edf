/** Conformance suite of task runs: light reads for replay, joined reads of outcomes, lists, counts and copies. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../index.ts';
import { type Database, flowRun, type MakeDatabase, nextId, openSession, state, taskRun } from './harness.ts';

export function exerciseTaskRuns(makeDatabase: MakeDatabase): void {
  describe('task runs', () => {
    let database: Database;
    let store: Store;
    beforeEach(async () => {
      database = await makeDatabase();
      store = await database.open();
    });
    afterEach(() => database[Symbol.asyncDispose]());

    test('replay reads without parameters and outcomes, and writing back keeps both', async () => {
      const flowRunId = nextId();
      const done = taskRun({ flowRunId, state: state('COMPLETED'), outcome: '"v"', parameters: '[1]' });
      await store.putTaskRun(done, null);
      const [light] = await store.read(({ taskRuns }) => taskRuns.recorded(flowRunId));
      expect(light).toEqual({ ...done, outcome: null, parameters: null });
      await store.putTaskRun(light!, null);
      expect(await store.read(({ taskRuns }) => taskRuns.get(done.id))).toEqual(done);
      light!.state = state('RUNNING');
      await store.putTaskRun(light!, null);
      expect(await store.read(({ taskRuns }) => taskRuns.get(done.id))).toMatchObject({
        outcome: null,
        parameters: '[1]',
      });
    });

    test('writing none is nothing', async () => {
      await store.write(({ taskRuns }) => taskRuns.put([]));
      expect(await store.read(({ taskRuns }) => taskRuns.recorded(nextId()))).toEqual([]);
    });

    test('outcomes of many ids are one read', async () => {
      const runs = [taskRun({ outcome: '1' }), taskRun(), taskRun({ outcome: '3' })];
      await store.write(({ taskRuns }) => taskRuns.put(runs));
      const outcomes = await store.read(({ taskRuns }) => taskRuns.outcomes([...runs.map(({ id }) => id), nextId()]));
      expect([...outcomes.values()].sort()).toEqual(['1', '3', null].sort());
      expect(outcomes.size).toBe(3);
    });

    test('lists and counts over one run and over a tree', async () => {
      const root = flowRun();
      const child = flowRun({ parentFlowRunId: root.id, rootFlowRunId: root.id });
      await Promise.all([store.putFlowRun(root), store.putFlowRun(child)]);
      const runs = Array.from({ length: 5 }, (_, index) =>
        taskRun({
          flowRunId: index < 3 ? root.id : child.id,
          taskKey: index % 2 === 0 ? 'fetch' : 'store',
          tags: index === 0 ? ['slow'] : [],
          state: state(index === 4 ? 'FAILED' : 'COMPLETED'),
        }),
      );
      runs.push(taskRun({ flowRunId: root.id, parentTaskRunId: runs[0]!.id, outcome: '9' }));
      await store.write(({ taskRuns }) => taskRuns.put(runs));
      await store.read(async ({ taskRuns }) => {
        const page = await taskRuns.list({ rootFlowRunId: root.id, limit: 4 });
        const rest = await taskRuns.list({ rootFlowRunId: root.id, limit: 4, after: page[3]!.id });
        expect([...page, ...rest].map(({ id }) => id)).toEqual(runs.map(({ id }) => id).reverse());
        expect(page[0]?.outcome).toBeNull();
        expect(await taskRuns.list({ flowRunId: child.id, taskKey: 'fetch' })).toHaveLength(1);
        expect(await taskRuns.list({ parentTaskRunId: runs[0]!.id })).toHaveLength(1);
        expect(await taskRuns.list({ tags: ['slow'] })).toHaveLength(1);
        expect(await taskRuns.list({ stateTypes: ['FAILED'] })).toHaveLength(1);
        expect(await taskRuns.counts({ rootFlowRunId: root.id, limit: 1 })).toEqual([
          { taskKey: 'fetch', type: 'COMPLETED', name: 'Completed', count: 2 },
          { taskKey: 'fetch', type: 'FAILED', name: 'Failed', count: 1 },
          { taskKey: 'fetch', type: 'PENDING', name: 'Pending', count: 1 },
          { taskKey: 'store', type: 'COMPLETED', name: 'Completed', count: 2 },
        ]);
        expect((await taskRuns.unfinishedOf(root.id, 10)).map(({ id }) => id)).toEqual([runs[5]!.id]);
        expect(await taskRuns.idsByPrefix(runs[0]!.id, 2)).toEqual([runs[0]!.id]);
      });
    });

    test('whole records come by id, oldest first', async () => {
      const flowRunId = nextId();
      const runs = [1, 2, 3].map((n) => taskRun({ flowRunId, outcome: `${n}`, parameters: `[${n}]` }));
      await store.write(({ taskRuns }) => taskRuns.put(runs));
      const ids = [runs[2]!.id, nextId(), runs[0]!.id];
      const found = await store.read(({ taskRuns }) => taskRuns.load(ids));
      expect(found).toMatchObject([
        { id: runs[0]!.id, outcome: '1', parameters: '[1]' },
        { id: runs[2]!.id, outcome: '3', parameters: '[3]' },
      ]);
      expect(await store.read(({ taskRuns }) => taskRuns.load([]))).toEqual([]);
    });

    test("outside any flow a run is its session's until that is over, and then another one's to end", async () => {
      const session = await openSession(store, { ttlMs: 10_000 });
      const fenceOf = (id: string) => ({ taskRunId: id, sessionId: session.id });
      const open = taskRun({ sessionId: session.id, state: state('RUNNING') });
      const done = taskRun({ sessionId: session.id, state: state('COMPLETED') });
      const notReady = taskRun({ sessionId: session.id, state: { ...state('PENDING'), name: 'NotReady' } });
      for (const run of [open, done, notReady]) await store.putTaskRun(run, fenceOf(run.id));
      const { taskRuns } = await store.read(async (transaction) => transaction);
      expect(await taskRuns.orphaned(10)).toEqual([]);
      await database.advance(10_001);
      expect((await taskRuns.orphaned(10)).map(({ id }) => id)).toEqual([open.id]);
      open.runCount = 7;
      await store.putTaskRun(open, fenceOf(open.id));
      const [taken, none] = await store.write(async (transaction) => {
        const [orphan] = await transaction.taskRuns.takeOrphaned(10);
        await transaction.taskRuns.put([{ ...orphan!, state: state('CRASHED') }]);
        return [orphan, await transaction.taskRuns.takeOrphaned(10)];
      });
      expect(taken).toMatchObject({ id: open.id, sessionId: null, runCount: 7 });
      expect(none).toEqual([]);
      open.state = state('COMPLETED');
      const other = taskRun({ sessionId: session.id, state: state('RUNNING') });
      const written = [open, other].map((run) => store.putTaskRun(run, fenceOf(run.id)));
      await expect(written[0]).rejects.toMatchObject({ code: 'StaleExecution', details: { taskRunId: open.id } });
      await written[1];
      expect((await taskRuns.get(open.id))?.state.type).toBe('CRASHED');
      expect((await taskRuns.get(other.id))?.state.type).toBe('RUNNING');
    });

    test('removing by id answers how many there were', async () => {
      const run = taskRun();
      await store.putTaskRun(run, null);
      expect(await store.write(({ taskRuns }) => taskRuns.remove([run.id, nextId()]))).toBe(1);
      expect(await store.write(({ taskRuns }) => taskRuns.remove([]))).toBe(0);
    });
  });
}
