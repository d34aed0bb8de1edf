/** Conformance suite of the hot path: rows that are queued, merged, committed together, fenced and guarded. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../index.ts';
import { type Database, epoch, flowRun, type MakeDatabase, nextId, state, taskRun } from './harness.ts';

export function exerciseHotPath(makeDatabase: MakeDatabase): void {
  describe('hot path', () => {
    let database: Database;
    let store: Store;
    beforeEach(async () => {
      database = await makeDatabase();
      store = await database.open();
    });
    afterEach(() => database[Symbol.asyncDispose]());

    test('a child begins only under the token that its parent has', async () => {
      const parent = flowRun({ token: 2 });
      const child = () => flowRun({ parentFlowRunId: parent.id, rootFlowRunId: parent.id });
      const [first, second, late] = [child(), child(), child()];
      const under = (token: number) => ({ flowRunId: parent.id, token });
      await Promise.all([store.putFlowRun(parent), store.putFlowRun(first, under(2))]);
      await store.putFlowRun(second, under(2));
      await expect(store.putFlowRun(late, under(1))).rejects.toMatchObject({ name: 'StaleExecution' });
      parent.state = state('COMPLETED');
      const next = child();
      await Promise.all([store.putFlowRun(parent), store.putFlowRun(next, under(2))]);
      const children = await store.read(({ flowRuns }) => flowRuns.childrenOf(parent.id));
      expect(children.map(({ id }) => id).sort()).toEqual([first.id, second.id, next.id].sort());
    });

    test('a flow run comes back as it was put', async () => {
      const run = flowRun({
        driver: 'client',
        flowVersion: '1.2',
        deploymentId: nextId(),
        workQueueId: nextId(),
        details: {
          labels: { team: 'a', tier: 1, hot: true },
          createdBy: { type: 'DEPLOYMENT' },
          extra: [null, { a: 1 }],
        },
        nextStartAt: epoch + 0.001,
        state: {
          ...{
            type: 'SCHEDULED',
            name: 'AwaitingRetry',
            at: epoch + 5.123,
            message: 'again',
            details: { scheduledAt: 9 },
          },
          ...{ ordinal: 2, id: nextId(), data: { any: ['json', null] } },
        },
        history: [
          state('PENDING', epoch - 0.5),
          { ...state('RUNNING'), name: 'Retrying', message: 'why', details: { retriable: true }, ordinal: 1 },
        ],
        tags: ['a', 'b"\n'],
        policy: { retries: 2, retryDelaysMs: [1, 2.5], retryJitter: 0.5, crashRetries: 1 },
        waiting: { kind: 'retry', until: 9 },
        divergence: ['k'],
        idempotencyKey: 'key',
        outcome: '{"x":1}',
        sessionId: 's',
        wakeAt: 9,
      });
      await store.putFlowRun(run);
      const stored = await store.read((transaction) => transaction.flowRuns.get(run.id));
      expect(stored).toEqual(run);
      expect(run.revision).not.toBe('');
    });

    test('a task run comes back as it was put', async () => {
      const run = taskRun({
        kind: 'sleep',
        flowRunId: nextId(),
        parentTaskRunId: nextId(),
        state: { ...state('COMPLETED'), name: 'Cached', details: { cacheKey: 'c' }, ordinal: 2 },
        history: [state('PENDING'), { ...state('RUNNING'), ordinal: 1 }],
        dynamicKey: 'sleep-0',
        retryPolicy: { retries: 2, retryDelaysMs: [100], retryJitter: null },
        details: { taskInputs: { x: [] } },
        inputs: [{ name: 'x', runId: 'y' }],
        parameters: '[1]',
        outcome: '2',
        cacheKey: 'c',
        tags: ['t'],
        startAt: epoch + 0.001,
        endAt: epoch + 0.25,
        runTimeMs: 0.249,
        wakeAt: 3,
      });
      await store.putTaskRun(run, null);
      expect(await store.read((transaction) => transaction.taskRuns.get(run.id))).toEqual(run);
    });

    test('a record is written as it is at the commit, once', async () => {
      const run = flowRun();
      await store.putFlowRun(run);
      const fence = { flowRunId: run.id, token: 1 };
      const task = taskRun({ flowRunId: run.id });
      const started = store.putTaskRun(task, fence);
      task.state = state('COMPLETED');
      task.outcome = '1';
      const finished = store.putTaskRun(task, fence);
      expect(finished).toBe(started);
      await finished;
      const stored = await store.read((transaction) => transaction.taskRuns.get(task.id));
      expect(stored?.outcome).toBe('1');
    });

    test('later writes overwrite what may change and leave the rest', async () => {
      const task = taskRun({ parameters: '{"a":1}' });
      await store.putTaskRun(task, null);
      await store.putTaskRun({ ...task, parameters: null, name: 'other', state: state('RUNNING') }, null);
      const stored = await store.read((transaction) => transaction.taskRuns.get(task.id));
      expect(stored).toMatchObject({ name: 'other', parameters: '{"a":1}', state: { type: 'RUNNING' } });
    });

    test('a stale fence refuses its own writes and no others', async () => {
      const [mine, other] = [flowRun({ token: 3 }), flowRun()];
      await Promise.all([store.putFlowRun(mine), store.putFlowRun(other)]);
      const stale = taskRun({ flowRunId: mine.id });
      const [kept, free] = [taskRun({ flowRunId: other.id }), taskRun()];
      const answers = await Promise.allSettled([
        store.putTaskRun(stale, { flowRunId: mine.id, token: 2 }),
        store.putTaskRun(kept, { flowRunId: other.id, token: 1 }),
        store.putTaskRun(free, null),
        store.putTaskRun(taskRun(), { flowRunId: nextId(), token: 1 }),
        store.appendLogs([{ flowRunId: mine.id, taskRunId: null, level: 20, logger: 'l', message: 'm', at: 1 }]),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([
        'rejected',
        'fulfilled',
        'fulfilled',
        'rejected',
        'fulfilled',
      ]);
      expect((answers[0] as PromiseRejectedResult).reason).toMatchObject({ name: 'StaleExecution' });
      const outcomes = await store.read((transaction) => transaction.taskRuns.outcomes([stale.id, kept.id, free.id]));
      expect([...outcomes.keys()].sort()).toEqual([kept.id, free.id].sort());
    });

    test('a new flow run and its tasks go out in one batch', async () => {
      const run = flowRun();
      const task = taskRun({ flowRunId: run.id });
      await Promise.all([store.putFlowRun(run), store.putTaskRun(task, { flowRunId: run.id, token: 1 })]);
      expect(await store.read((transaction) => transaction.taskRuns.recorded(run.id))).toHaveLength(1);
    });

    test('a flow run that somebody else wrote is refused as changed, and its tasks still go out', async () => {
      const run = flowRun();
      await store.putFlowRun(run);
      await store.write(async (transaction) => {
        const stored = await transaction.flowRuns.getForUpdate(run.id);
        stored!.state = state('CANCELLING');
        await transaction.flowRuns.put(stored!);
      });
      const before = run.revision;
      const task = taskRun({ flowRunId: run.id });
      run.state = state('RUNNING');
      const [changed, written] = await Promise.allSettled([
        store.putFlowRun(run),
        store.putTaskRun(task, { flowRunId: run.id, token: 1 }),
      ]);
      expect(changed).toMatchObject({ status: 'rejected', reason: { code: 'RUN_CHANGED', flowRunId: run.id } });
      expect(written).toMatchObject({ status: 'fulfilled' });
      expect(run.revision).toBe(before);
      const stored = await store.read((transaction) => transaction.flowRuns.get(run.id));
      expect(stored?.state.type).toBe('CANCELLING');
    });

    test('the holder of an older token is told that it is stale', async () => {
      const run = flowRun();
      await store.putFlowRun(run);
      const copy = structuredClone(run);
      const claimed = await store.write((transaction) => transaction.flowRuns.claim(copy, 'other'));
      expect(claimed.token).toBe(2);
      await expect(store.putFlowRun(run)).rejects.toMatchObject({ name: 'StaleExecution' });
      await expect(store.putTaskRun(taskRun(), { flowRunId: run.id, token: 1 })).rejects.toMatchObject({
        name: 'StaleExecution',
      });
    });

    test('two images of one run in one batch: the second is refused', async () => {
      const run = flowRun();
      await store.putFlowRun(run);
      const copy = structuredClone(run);
      const answers = await Promise.allSettled([store.putFlowRun(run), store.putFlowRun(copy)]);
      expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    });

    test('a run whose idempotency key is taken fails alone', async () => {
      const first = flowRun({ idempotencyKey: 'same' });
      await store.putFlowRun(first);
      const rival = flowRun({ idempotencyKey: 'same' });
      const task = taskRun();
      const other = flowRun();
      const answers = await Promise.allSettled([
        store.putFlowRun(rival),
        store.putTaskRun(task, null),
        store.putFlowRun(other),
        store.write(async (transaction) =>
          transaction.variables.set({ name: 'v', value: '1', tags: [], overwrite: true }),
        ),
      ]);
      expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    });

    test('what can not be a row fails alone', async () => {
      const bad = taskRun({ flowRunId: null, wakeAt: Number.POSITIVE_INFINITY });
      const run = flowRun();
      const answers = await Promise.allSettled([store.putTaskRun(bad, null), store.putFlowRun(run)]);
      expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    });

    test('a line of log that can not be a row fails alone, with the lines that came with it', async () => {
      const line = { flowRunId: null, taskRunId: null, level: 20, logger: 'l', message: 'm', at: epoch };
      const number = 5 as unknown as string;
      const answers = await Promise.allSettled([
        store.appendLogs([line]),
        store.appendLogs([line, { ...line, level: Number.NaN }]),
        store.appendLogs([{ ...line, at: Number.POSITIVE_INFINITY }]),
        store.appendLogs([{ ...line, message: number }]),
        store.appendLogs([line]),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'rejected',
        'rejected',
        'fulfilled',
      ]);
      expect(await store.read(({ logs }) => logs.list({}))).toHaveLength(2);
    });

    test('thousands of rows are many batches and all of them are there after flush', async () => {
      const run = flowRun();
      await store.putFlowRun(run);
      const fence = { flowRunId: run.id, token: 1 };
      const tasks = Array.from({ length: 4_500 }, (_, index) => taskRun({ flowRunId: run.id, name: `t-${index}` }));
      for (const task of tasks) void store.putTaskRun(task, fence);
      await store.flush();
      const recorded = await store.read((transaction) => transaction.taskRuns.recorded(run.id));
      expect(recorded.map(({ id }) => id)).toEqual(tasks.map(({ id }) => id));
    });

    test('rows that were queued before a body are seen by it', async () => {
      const run = flowRun();
      const put = store.putFlowRun(run);
      const seen = store.write((transaction) => transaction.flowRuns.get(run.id));
      expect((await seen)?.id).toBe(run.id);
      await put;
    });

    test('flushSync writes what is queued, or says that it can not', async () => {
      const task = taskRun();
      const put = store.putTaskRun(task, null);
      expect(store.flushSync()).toBe(store.dialect === 'sqlite');
      await put;
      expect(await store.read((transaction) => transaction.taskRuns.get(task.id))).toEqual(task);
    });

    test('after close every write is refused', async () => {
      await store.close();
      await expect(store.putTaskRun(taskRun(), null)).rejects.toMatchObject({ name: 'StoreUnavailable' });
      await expect(store.write(async () => 1)).rejects.toMatchObject({ name: 'StoreUnavailable' });
      await store.close();
    });
  });
}
