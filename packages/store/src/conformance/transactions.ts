/** Conformance suite of bodies: each is committed whole or not at all, whatever the others do, and nothing is seen before the commit. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CommitNotification } from '@millrace/kernel';
import type { Store } from '../index.ts';
import { type Database, flowRun, type MakeDatabase, state, taskRun } from './harness.ts';

export function exerciseTransactions(makeDatabase: MakeDatabase): void {
  describe('transactions', () => {
    let database: Database;
    let store: Store;
    beforeEach(async () => {
      database = await makeDatabase();
      store = await database.open();
    });
    afterEach(() => database[Symbol.asyncDispose]());

    const setVariable = (name: string, fail = false) =>
      store.write(async (transaction) => {
        await transaction.variables.set({ name, value: '1', tags: [], overwrite: true });
        if (fail) throw new Error(`no ${name}`);
        return name;
      });

    test('a body that throws takes back its own changes only', async () => {
      const answers = await Promise.allSettled([setVariable('a'), setVariable('b', true), setVariable('c')]);
      expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      const names = await store.read(async (transaction) =>
        (await transaction.variables.list()).map(({ name }) => name),
      );
      expect(names).toEqual(['a', 'c']);
    });

    test('a body alone that throws leaves nothing', async () => {
      await expect(setVariable('a', true)).rejects.toThrow('no a');
      expect(await store.read((transaction) => transaction.variables.get('a'))).toBeUndefined();
      await expect(setVariable('a')).resolves.toBe('a');
    });

    test('a record put by a body that fails keeps the revision it had', async () => {
      const run = flowRun();
      await store.putFlowRun(run);
      const before = run.revision;
      const failed = store.write(async (transaction) => {
        run.state = state('RUNNING');
        await transaction.flowRuns.put(run);
        throw new Error('no');
      });
      await expect(failed).rejects.toThrow('no');
      expect(run.revision).toBe(before);
      await store.putFlowRun(run);
    });

    test('a reader never sees what is not committed', async () => {
      const opened = Promise.withResolvers<void>();
      const finish = Promise.withResolvers<void>();
      const writing = store.write(async (transaction) => {
        await transaction.variables.set({ name: 'v', value: '1', tags: [], overwrite: true });
        opened.resolve();
        await finish.promise;
      });
      await opened.promise;
      const reading = store.read((transaction) => transaction.variables.get('v'));
      const early = await Promise.race([reading.then((found) => found ?? 'absent'), Promise.resolve('waits')]);
      expect(['absent', 'waits']).toContain(early);
      finish.resolve();
      await writing;
      expect(await store.read((transaction) => transaction.variables.get('v'))).toBeDefined();
    });

    test('a reading transaction can not write', async () => {
      const written = store.read((transaction) =>
        transaction.variables.set({ name: 'v', value: '1', tags: [], overwrite: true }),
      );
      await expect(written).rejects.toThrow();
      await expect(store.read((transaction) => transaction.taskRuns.put([taskRun()]))).rejects.toThrow();
    });

    test('rows and bodies keep the order in which they were asked for', async () => {
      const run = flowRun();
      await store.putFlowRun(run);
      run.state = state('RUNNING');
      const [, seen] = await Promise.all([
        store.putFlowRun(run),
        store.write(async (transaction) => {
          const stored = await transaction.flowRuns.getForUpdate(run.id);
          stored!.state = state('COMPLETED');
          await transaction.flowRuns.put(stored!);
          return stored!.history.length;
        }),
      ]);
      expect(seen).toBe(0);
      const stored = await store.read((transaction) => transaction.flowRuns.get(run.id));
      expect(stored?.state.type).toBe('COMPLETED');
    });

    test('notifications come after commits', async () => {
      const seen = Promise.withResolvers<unknown>();
      const watch = store.watch(() => {
        seen.resolve(store.read((transaction) => transaction.variables.get('a')));
      });
      await setVariable('a');
      expect(await seen.promise).toMatchObject({ name: 'a' });
      watch.close();
    });

    test('notifications distinguish rows of runs from all that may concern others', async () => {
      const received: CommitNotification[] = [];
      const watch = store.watch((notification) => received.push(notification));
      const isReceived = (notification: CommitNotification) =>
        expect.poll(() => received.includes(notification)).toBe(true);
      await store.putFlowRun(flowRun());
      await isReceived('own-rows');
      await setVariable('a');
      await isReceived('anything');
      watch.close();
    });

    test('notifications come from another process too', async () => {
      const other = await database.open();
      const received = Promise.withResolvers<void>();
      const watch = store.watch(() => received.resolve());
      if (other !== store) {
        await other.write((transaction) =>
          transaction.variables.set({ name: 'v', value: '1', tags: [], overwrite: true }),
        );
        await received.promise;
      }
      watch.close();
    });

    test("the clock is the database's and moves", async () => {
      const before = await store.read((transaction) => transaction.now());
      const within = await store.write((transaction) => transaction.now());
      expect(Number.isFinite(before)).toBe(true);
      expect(within).toBeGreaterThanOrEqual(before);
    });
  });
}
