/** Conformance suite of `verifyStore`: it finds nothing in the rows that the ledger wrote, and finds every row that was damaged by hand. */
import { cancelled, completed, failed, notReady, running, scheduled, type State } from '@millrace/kernel';
import type { Store } from '@millrace/store';
import { describe, expect, it } from 'vitest';
import { freshFlowRun, freshTaskRun } from '../state/fresh-records.ts';
import { verifyStore, verifyWithCounts } from '../verify/verify-store.ts';
import {
  claimed,
  finishFlow,
  flowInit,
  flowRunOf,
  type MakeDatabase,
  policy,
  runTask,
  startFlow,
  startTask,
  taskInit,
  World,
} from './harness.ts';

export function exerciseVerification(make: MakeDatabase): void {
  describe('verification', () => {
    it('finds nothing in runs that completed, failed, were retried, crashed, were evicted, cancelled or forked', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const now = () => world.clock.now();
      const done = await startFlow(world, here);
      runTask(world, done, { taskKey: 'a' });
      runTask(world, done, { taskKey: 'b' });
      const notReadyTask = done.beginTaskRun(taskInit(world.ids()));
      done.proposeTask(notReadyTask, {
        state: notReady(now(), { id: 'up', name: 'up', state: 'Failed' }),
        by: 'engine',
      });
      await finishFlow(world, done);
      done.release();
      await here.ledger.runs.fork(flowRunOf(done).id, { id: world.ids(), name: 'fork', from: 'b' });
      const retried = await startFlow(world, here, { policy: { ...policy, retries: 1 } });
      await retried.proposeFlow({ state: failed(now()), by: 'engine' });
      retried.queueFlow({ state: running(now()), by: 'engine' });
      await retried.proposeFlow({ state: failed(now()), by: 'engine' });
      retried.release();
      const again = claimed(await here.ledger.claimById(flowRunOf(retried).id, 'retry'));
      again.queueFlow({ state: running(now()), by: 'engine' });
      await again.proposeFlow({ state: cancelled(now()), by: 'engine' });
      again.release();
      const evicted = await startFlow(world, here);
      const until = now() + 1e6;
      await evicted.park({
        proposal: { state: scheduled(now(), until, { details: { reason: { kind: 'sleep', until } } }), by: 'engine' },
        wakeAt: until,
      });
      const orphan = await startFlow(world, here);
      startTask(world, orphan);
      await orphan.committed();
      expect(await verifyStore(here.store, { orphans: 'report' })).toEqual([]);
      world.kill(here);
      expect((await there.ledger.sweep()).crashed).toEqual([flowRunOf(orphan).id]);
      expect(await verifyStore(there.store, { orphans: 'report' })).toEqual([]);
    });

    it('looks at the newest and the unfinished where it is bounded, and tells how far it is', async () => {
      await using world = new World(make);
      const here = await world.start();
      const old = await startFlow(world, here);
      await old.committed();
      for (let count = 0; count < 5; count += 1) {
        const done = await startFlow(world, here);
        runTask(world, done, { taskKey: 'a' });
        await finishFlow(world, done);
        done.release();
      }
      const progress: number[] = [];
      const onProgress = ({ flowRuns, taskRuns }: { flowRuns: number; taskRuns: number }) =>
        progress.push(flowRuns + taskRuns);
      const { counts, findings } = await verifyWithCounts(here.store, { rowsMax: 2, onProgress });
      expect([counts.flowRuns, counts.taskRuns, findings]).toEqual([3, 2, []]);
      expect(progress).toEqual([2, 3, 5, 5]);
      expect((await verifyWithCounts(here.store)).counts).toEqual({ flowRuns: 6, taskRuns: 5, limits: 0 });
    });

    it('names the invariant and the run that breaks it', async () => {
      await using world = new World(make);
      const { store } = await world.start();
      const at = world.clock.now();
      const base = () => freshFlowRun(flowInit(world.ids()), at, null);
      const state = (type: State['type']): State => ({ ...completed(at), type, name: 'x' });
      const idle = { ...base(), waiting: null, wakeAt: null };
      const resurrected = {
        ...base(),
        wakeAt: at,
        startAt: at,
        runCount: 1,
        history: [state('CANCELLING')],
        state: state('RUNNING'),
      };
      const ended = {
        ...base(),
        history: [state('RUNNING')],
        state: state('COMPLETED'),
        startAt: at,
        endAt: at,
        runCount: 1,
      };
      const twice = [1, 2].map(() => ({
        ...freshTaskRun(taskInit(world.ids(), { replayKey: 'same' }), at, { flowRun: ended, sessionId: null }),
        state: state('RUNNING'),
        startAt: at,
        runCount: 1,
      }));
      const backwards = {
        ...base(),
        history: [state('COMPLETED')],
        state: state('FAILED'),
        startAt: at,
        endAt: at - 1,
        runCount: 1,
      };
      await store.write(async (transaction) => {
        for (const run of [idle, resurrected, ended, backwards]) await transaction.flowRuns.insertIfAbsent(run);
        await transaction.taskRuns.put(twice);
      });
      const found = await verifyStore(store);
      const named = (runId: string) =>
        found.filter((finding) => finding.runId === runId).map(({ invariant }) => invariant);
      expect(named(idle.id)).toEqual(['I1']);
      expect(named(resurrected.id)).toEqual(['I2']);
      expect(named(ended.id)).toEqual(['I5']);
      expect(twice.map(({ id }) => named(id))).toEqual([['I9'], ['I9']]);
      expect(named(backwards.id).sort()).toEqual(['I4', 'I6']);
    });

    it('finds task runs outside any flow that no session owns', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start({ pollMs: Number.POSITIVE_INFINITY }), await world.start()];
      const at = world.clock.now();
      const execution = here.ledger.beginStandalone();
      const held = startTask(world, execution);
      const waiting = execution.beginTaskRun(taskInit(world.ids()));
      execution.proposeTask(waiting, { state: notReady(at, { id: 'up', name: 'up', state: 'Failed' }), by: 'engine' });
      await execution.committed();
      expect(await verifyStore(there.store, { orphans: 'report' })).toEqual([]);
      const loose = freshTaskRun(taskInit(world.ids()), at, { flowRun: null, sessionId: null });
      await there.store.putTaskRun(loose, null);
      await world.expireLeases();
      expect(await verifyStore(there.store)).toMatchObject([{ invariant: 'I1', runId: loose.id }]);
      const found = await verifyStore(there.store, { orphans: 'report' });
      expect(found.map(({ runId }) => runId)).toEqual([loose.id, held.id]);
    });

    it('names a row that can not be read, and goes on with those after it', async () => {
      await using world = new World(make);
      const { store } = await world.start();
      const at = world.clock.now();
      const fresh = () => freshTaskRun(taskInit(world.ids()), at, { flowRun: null, sessionId: null });
      const runs = Array.from({ length: 5 }, fresh);
      for (const run of runs) await store.putTaskRun(run, null);
      const [loose, , bad] = runs.map(({ id }) => id);
      const { findings, counts, complete } = await verifyWithCounts(unableToRead(store, bad ?? ''));
      expect(findings.find(({ runId }) => runId === bad)).toMatchObject({ invariant: 'I13' });
      expect(findings.find(({ runId }) => runId === loose)).toMatchObject({ invariant: 'I1' });
      expect({ findings: findings.length, counts, complete }).toEqual({
        findings: 5,
        counts: { flowRuns: 0, taskRuns: 5, limits: 0 },
        complete: true,
      });
      const { findings: few, complete: all } = await verifyWithCounts(store, { findingsMax: 2 });
      expect([few.length, all]).toEqual([2, false]);
    });

    it('tells of more slots held than a limit has', async () => {
      await using world = new World(make);
      const { store, ledger } = await world.start();
      await ledger.limits.set({ name: 'db', limit: 2 });
      await ledger.limits.acquire({ names: ['db'], occupy: 2, mode: 'concurrency', holderId: 'a' });
      await ledger.limits.set({ name: 'db', limit: 1 });
      expect(await verifyStore(store)).toMatchObject([{ invariant: 'I8', runId: 'db' }]);
    });
  });
}

/** The store, with a task run that can't be decoded. */
function unableToRead(store: Store, id: string): Store {
  const read: Store['read'] = (body) =>
    store.read((transaction) => {
      const taskRuns = Object.create(transaction.taskRuns, {
        list: {
          value: async (filter: Parameters<typeof transaction.taskRuns.list>[0]) => {
            const rows = await transaction.taskRuns.list(filter);
            if (rows.some((row) => row.id === id)) throw new SyntaxError('no JSON');
            return rows;
          },
        },
      });
      return body(Object.create(transaction, { taskRuns: { value: taskRuns } }));
    });
  return Object.create(store, { read: { value: read } });
}
