/** Conformance suite of values that are too large for a row: recorded by reference, and read unchanged. */
import { completed } from '@millrace/kernel';
import { describe, expect, it } from 'vitest';
import { finishFlow, flowRunOf, type MakeDatabase, runTask, startFlow, startTask, World } from './harness.ts';

const large = JSON.stringify('a large value '.repeat(10_000));

export function exerciseLargeValues(make: MakeDatabase): void {
  describe('a large value', () => {
    it('is found by every process as the outcome of its run', async () => {
      await using world = new World(make);
      const here = await world.start();
      const there = await world.start();
      const execution = await startFlow(world, here);
      const task = startTask(world, execution);
      const outcome = await here.ledger.blobs.offload(large, { runId: task.id });
      execution.proposeTask(task, { state: completed(world.clock.now()), by: 'engine' }, outcome);
      await execution.committed();
      const run = flowRunOf(execution);
      await finishFlow(world, execution, await here.ledger.blobs.offload(large, { runId: run.id }));
      expect(await execution.outcome(task)).toBe(large);
      const stored = await there.ledger.runs.taskRun(task.id);
      expect(await there.ledger.runs.outcome(stored!)).toBe(large);
      const [listed] = await there.ledger.runs.flowRuns({});
      expect(await there.ledger.runs.outcome(listed!)).toBe(large);
    });

    it('goes through the cache', async () => {
      await using world = new World(make);
      const { ledger } = await world.start();
      const other = await world.start();
      const execution = await startFlow(world, { ledger });
      const task = runTask(world, execution);
      await execution.committed();
      const claim = await ledger.cache.claim('key', { holderId: task.id, refresh: false });
      const leaseId = claim.status === 'claimed' ? claim.leaseId : '';
      await ledger.cache.put({ key: 'key', leaseId, outcome: large, taskRunId: task.id, expiresAt: null });
      expect(await other.ledger.cache.get('key')).toBe(large);
      expect(await other.ledger.cache.claim('key', { holderId: 'b', refresh: false })).toMatchObject({
        status: 'hit',
        outcome: large,
      });
      await finishFlow(world, execution);
    });

    it('that is gone is an error naming the run, and nothing is computed again', async () => {
      await using world = new World(make);
      const { ledger, store } = await world.start();
      if (store.location === ':memory:') return;
      const execution = await startFlow(world, { ledger });
      const task = startTask(world, execution);
      const outcome = await ledger.blobs.offload(large, { runId: task.id });
      execution.proposeTask(task, { state: completed(world.clock.now()), by: 'engine' }, outcome);
      await execution.committed();
      await store.blobs.remove(outcome);
      await expect(execution.outcome(task)).rejects.toMatchObject({
        code: 'BlobMissing',
        details: { runId: task.id },
      });
      await finishFlow(world, execution);
    });
  });
}
