/** Conformance suite of logs, artifacts and variables; and of extreme values, which every dialect returns alike. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LogRow, Store } from '../index.ts';
import { type Database, epoch, flowRun, type MakeDatabase, nextId, taskRun } from './harness.ts';

export function exerciseRecords(makeDatabase: MakeDatabase): void {
  describe('logs, artifacts, variables', () => {
    let database: Database;
    let store: Store;
    beforeEach(async () => {
      database = await makeDatabase();
      store = await database.open();
    });
    afterEach(() => database[Symbol.asyncDispose]());

    const line = (flowRunId: string | null, message: string, level = 20): LogRow => ({
      flowRunId,
      taskRunId: null,
      level,
      logger: 'flow',
      message,
      at: 1,
    });

    test('lines come back in their order, paged by sequence', async () => {
      const root = flowRun();
      const child = flowRun({ parentFlowRunId: root.id, rootFlowRunId: root.id });
      await Promise.all([store.putFlowRun(root), store.putFlowRun(child)]);
      await store.appendLogs([line(root.id, 'one'), line(child.id, 'two'), line(root.id, 'three', 40)]);
      await store.write(({ logs }) => logs.append([line(root.id, 'four'), { ...line(null, 'five'), taskRunId: 't' }]));
      await store.read(async ({ logs }) => {
        const messages = async (filter: Parameters<typeof logs.list>[0]) =>
          (await logs.list(filter)).map(({ message }) => message);
        expect(await messages({ flowRunId: root.id })).toEqual(['one', 'three', 'four']);
        expect(await messages({ rootFlowRunId: root.id })).toEqual(['one', 'two', 'three', 'four']);
        expect(await messages({ taskRunId: 't' })).toEqual(['five']);
        expect(await messages({ flowRunId: root.id, minLevel: 30 })).toEqual(['three']);
        const [first] = await logs.list({ flowRunId: root.id, limit: 1 });
        expect(await messages({ flowRunId: root.id, after: first!.sequence })).toEqual(['three', 'four']);
      });
    });

    test('artifacts are inserted once, updated and listed', async () => {
      const artifact = {
        id: nextId(),
        key: 'report',
        type: 'markdown',
        description: null,
        data: '#',
        flowRunId: 'f',
        taskRunId: null,
      } as const;
      await store.write(async ({ artifacts }) => {
        await artifacts.insert(artifact);
        await artifacts.insert({ ...artifact, data: 'again' });
        await artifacts.insert({ ...artifact, id: nextId(), key: null });
      });
      expect(await store.write(({ artifacts }) => artifacts.update(artifact.id, '##'))).toBe(true);
      expect(await store.write(({ artifacts }) => artifacts.update(nextId(), '##'))).toBe(false);
      await store.read(async ({ artifacts }) => {
        expect(await artifacts.get(artifact.id)).toMatchObject({ ...artifact, data: '##' });
        expect(await artifacts.list({ key: 'report' })).toHaveLength(1);
        expect(await artifacts.list({ flowRunId: 'f', limit: 1 })).toHaveLength(1);
        expect(await artifacts.list({ after: artifact.id })).toHaveLength(0);
      });
      expect(await store.write(({ artifacts }) => artifacts.remove(artifact.id))).toBe(true);
    });

    test('variables keep what is there unless told to overwrite', async () => {
      const set = (value: string, overwrite: boolean) =>
        store.write(({ variables }) => variables.set({ name: 'v', value, tags: ['t'], overwrite }));
      expect(await set('1', false)).toBe(true);
      expect(await set('2', false)).toBe(false);
      expect(await set('3', true)).toBe(true);
      const stored = await store.read(({ variables }) => variables.get('v'));
      expect(stored).toMatchObject({ name: 'v', value: '3', tags: ['t'] });
      expect(stored?.updatedAt).toBeGreaterThanOrEqual(stored?.createdAt ?? Number.NaN);
      await set('4', true);
      expect((await store.read(({ variables }) => variables.get('v')))?.id).toBe(stored?.id);
      expect(await store.read(({ variables }) => variables.list({ after: 'v' }))).toEqual([]);
      expect(await store.write(({ variables }) => variables.remove('v'))).toBe(true);
    });
  });
}

export function exerciseEdges(makeDatabase: MakeDatabase): void {
  describe('edges', () => {
    let database: Database;
    let store: Store;
    beforeEach(async () => {
      database = await makeDatabase();
      store = await database.open();
    });
    afterEach(() => database[Symbol.asyncDispose]());

    test('any text comes back the same; NUL and lone surrogates become U+FFFD', async () => {
      const texts = ['', 'é', '漢字', '👩‍👩‍👧', '\u{10FFFF}', "'; --", '\\', '%_', '\r\n\t', '\u0001', '?', '$1', 'ß'];
      const runs = texts.map((text) => taskRun({ name: text, tags: [text], outcome: text, parameters: text }));
      await store.write(({ taskRuns }) => taskRuns.put(runs));
      for (const run of runs) {
        expect(await store.read(({ taskRuns }) => taskRuns.get(run.id))).toEqual(run);
        expect(await store.read(({ taskRuns }) => taskRuns.list({ tags: run.tags }))).toHaveLength(1);
      }
      const bad = taskRun({ name: 'a\0b', outcome: 'x\ud800y' });
      await store.putTaskRun(bad, null);
      expect(await store.read(({ taskRuns }) => taskRuns.get(bad.id))).toMatchObject({
        name: 'a\uFFFDb',
        outcome: 'x\uFFFDy',
      });
      await store.write(({ variables }) => variables.set({ name: 'n\0', value: '\0', tags: ['\0'], overwrite: false }));
      expect(await store.read(({ variables }) => variables.get('n\0'))).toMatchObject({ value: '\uFFFD' });
    });

    test("text is ordered by code point, whatever the database's language", async () => {
      for (const name of ['a', 'B', 'ä', 'Z', '_', '1', '\u{1F600}', '\uFFFD']) {
        await store.write(({ variables }) => variables.set({ name, value: '', tags: [], overwrite: true }));
      }
      const names = (await store.read(({ variables }) => variables.list())).map(({ name }) => name);
      expect(names).toEqual(['1', 'B', 'Z', '_', 'a', 'ä', '\uFFFD', '\u{1F600}']);
    });

    test('microseconds below 2^53 come back; fractions of one are rounded; others are refused', async () => {
      const most = Number.MAX_SAFE_INTEGER / 1_000;
      const big = taskRun({ wakeAt: most, startAt: -most, runTimeMs: 1.0006, endAt: -0, createdAt: epoch + 0.123 });
      await store.putTaskRun(big, null);
      expect(await store.read(({ taskRuns }) => taskRuns.get(big.id))).toMatchObject({
        wakeAt: most,
        startAt: -most,
        runTimeMs: 1.001,
        endAt: 0,
        createdAt: epoch + 0.123,
      });
      for (const wakeAt of [2 ** 53 / 1_000, Number.NaN, Number.NEGATIVE_INFINITY]) {
        await expect(store.putTaskRun(taskRun({ wakeAt }), null)).rejects.toThrow(RangeError);
      }
    });

    test('a large text comes back whole', async () => {
      const run = taskRun({ outcome: JSON.stringify('é'.repeat(400_000)) });
      await store.putTaskRun(run, null);
      expect((await store.read(({ taskRuns }) => taskRuns.get(run.id)))?.outcome).toBe(run.outcome);
    });

    test('a page is never larger than a thousand', async () => {
      const flowRunId = nextId();
      await store.write(({ taskRuns }) => taskRuns.put(Array.from({ length: 1_001 }, () => taskRun({ flowRunId }))));
      for (const limit of [5_000, Number.POSITIVE_INFINITY]) {
        expect(await store.read(({ taskRuns }) => taskRuns.list({ flowRunId, limit }))).toHaveLength(1_000);
      }
      expect(await store.read(({ taskRuns }) => taskRuns.list({ flowRunId, limit: -1 }))).toHaveLength(1);
    });
  });
}
