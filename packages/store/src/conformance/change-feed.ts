/** Conformance suite of the change feed: every batch that is committed while a follower exists is read once, in the order of commits. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../index.ts';
import type { ChangePage } from '../ports/change-feed.ts';
import { type Database, flowRun, type MakeDatabase, state, taskRun } from './harness.ts';

const ttlMs = 30_000;

export function exerciseChangeFeed(makeDatabase: MakeDatabase): void {
  describe('change feed', () => {
    let database: Database;
    let store: Store;
    beforeEach(async () => {
      database = await makeDatabase();
      store = await database.open();
    });
    afterEach(() => database[Symbol.asyncDispose]());

    const follow = (name = 'deriver') => store.write(({ changeFeed }) => changeFeed.follow({ name, ttlMs }));

    /** The next page once nothing is held back: other databases of a PostgreSQL server have open transactions as well. */
    async function pageOf(name = 'deriver', limit = 100): Promise<ChangePage | undefined> {
      for (;;) {
        const page = await store.read(({ changeFeed }) => changeFeed.read({ name, limit }));
        if (page === undefined || page.heldBackSince === null) return page;
      }
    }

    /** Reads to the end, moving the follower on; undefined = it is not registered. */
    async function readOn(name = 'deriver', limit = 100): Promise<string[] | undefined> {
      await pageOf(name);
      return store.write(async ({ changeFeed }) => {
        const page = await changeFeed.read({ name, limit });
        const last = page?.changes.at(-1);
        if (last !== undefined) await changeFeed.advance({ name, to: last.position, ttlMs });
        return page?.changes.flatMap(({ flowRunIds, taskRunIds }) => [...flowRunIds, ...taskRunIds]);
      });
    }

    test('nothing is noted while there is no follower, and a new follower is told so', async () => {
      await store.putFlowRun(flowRun());
      expect(await follow()).toEqual({ isNew: true });
      expect(await readOn()).toEqual([]);
      expect(await follow()).toEqual({ isNew: false });
    });

    test('one change for each batch names the runs that it wrote, from every process', async () => {
      const other = await database.open();
      await follow();
      const run = flowRun();
      const task = taskRun({ flowRunId: run.id });
      await Promise.all([store.putFlowRun(run), store.putTaskRun(task, { flowRunId: run.id, token: run.token })]);
      const beside = flowRun();
      await other.putFlowRun(beside);
      const page = await pageOf();
      expect(page?.changes.map(({ flowRunIds, taskRunIds }) => [flowRunIds, taskRunIds])).toEqual([
        [[run.id], [task.id]],
        [[beside.id], []],
      ]);
    });

    test('a run that a transaction changes is noted in it, and what is taken back is not', async () => {
      const run = flowRun();
      await store.putFlowRun(run);
      await follow();
      const failing = store.write(async ({ flowRuns }) => {
        await flowRuns.put({ ...run, state: state('RUNNING') });
        throw new Error('taken back');
      });
      await expect(failing).rejects.toThrow('taken back');
      expect(await readOn()).toEqual([]);
      await store.write(({ flowRuns }) => flowRuns.put({ ...run, state: state('CANCELLED') }));
      expect(await readOn()).toEqual([run.id]);
    });

    test('a follower goes on where its last transaction moved it to', async () => {
      await follow();
      const runs = [flowRun(), flowRun(), flowRun()];
      for (const run of runs) await store.putFlowRun(run);
      const ids = runs.map(({ id }) => id);
      expect(await readOn('deriver', 2)).toEqual(ids.slice(0, 2));
      const unmoved = store.write(async ({ changeFeed }) => {
        const page = await changeFeed.read({ name: 'deriver', limit: 10 });
        for (const { position } of page?.changes ?? [])
          await changeFeed.advance({ name: 'deriver', to: position, ttlMs });
        throw new Error('the process died');
      });
      await expect(unmoved).rejects.toThrow('the process died');
      expect(await readOn()).toEqual(ids.slice(2));
      expect(await readOn()).toEqual([]);
    });

    test('every follower reads every change, and what all have read is deleted', async () => {
      await follow('first');
      await follow('second');
      const run = flowRun();
      await store.putFlowRun(run);
      expect(await readOn('first')).toEqual([run.id]);
      expect(await store.write(({ changeFeed }) => changeFeed.prune(100))).toBe(0);
      expect(await readOn('second')).toEqual([run.id]);
      expect(await store.write(({ changeFeed }) => changeFeed.prune(100))).toBe(1);
    });

    test('a follower that stays away too long no longer keeps the feed, and registers again as a new one', async () => {
      await follow();
      await store.putFlowRun(flowRun());
      await database.advance(ttlMs + 1_000);
      expect(await readOn()).toBeUndefined();
      expect(await store.write(({ changeFeed }) => changeFeed.prune(100))).toBe(1);
      await store.putFlowRun(flowRun());
      expect(await follow()).toEqual({ isNew: true });
      expect(await readOn()).toEqual([]);
    });

    test('a follower that left is not registered any more', async () => {
      await follow();
      await store.write(({ changeFeed }) => changeFeed.unfollow('deriver'));
      expect(await readOn()).toBeUndefined();
    });

    test('what is committed beside the registration is in the feed, or committed before it', async () => {
      const runs = Array.from({ length: 40 }, () => flowRun());
      const other = await database.open();
      const writing = Promise.all(runs.map((run) => other.putFlowRun(run)));
      await follow();
      const before = await store.read(({ flowRuns }) => flowRuns.list({ limit: 200 }));
      await writing;
      const seen = new Set([...before.map(({ id }) => id), ...((await readOn()) ?? [])]);
      expect(runs.filter(({ id }) => !seen.has(id))).toEqual([]);
    });
  });
}
