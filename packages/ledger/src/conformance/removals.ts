/** Conformance suite of removals: a run is deleted with all its records. */
import { completed, running } from '@millrace/kernel';
import { describe, expect, it, vi } from 'vitest';
import { finishFlow, flowRunOf, type MakeDatabase, runTask, startFlow, taskInit, World } from './harness.ts';

export function exerciseRemovals(make: MakeDatabase): void {
  describe('a run that nobody holds', () => {
    it('can be removed, and not before', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const execution = await startFlow(world, here);
      const { id } = flowRunOf(execution);
      const task = runTask(world, execution);
      await execution.committed();
      await expect(there.ledger.runs.remove(id)).rejects.toMatchObject({ code: 'RunHeld' });
      await finishFlow(world, execution);
      expect(await there.ledger.runs.remove(id)).toBe(true);
      expect(await there.ledger.runs.remove(id)).toBe(false);
      expect(await there.ledger.runs.taskRun(task.id)).toBeUndefined();
    });

    it('is removed in steps, however wide it is, and is gone with the first', async () => {
      await using world = new World(make);
      const { ledger, store } = await world.start();
      const execution = await startFlow(world, { ledger });
      const { id } = flowRunOf(execution);
      for (let index = 0; index < 2_500; index += 1) {
        const record = execution.beginTaskRun(taskInit(world.ids(), { replayKey: `k${index}` }));
        execution.proposeTask(record, { state: running(world.clock.now()), by: 'engine' });
        execution.proposeTask(record, { state: completed(world.clock.now()), by: 'engine' }, '1');
      }
      await finishFlow(world, execution);
      const left: number[] = [];
      const write = store.write.bind(store);
      vi.spyOn(store, 'write').mockImplementation(async (body) => {
        const answer = await write(body);
        expect(await ledger.runs.flowRun(id)).toBeUndefined();
        left.push((await store.read(({ taskRuns }) => taskRuns.recorded(id))).length);
        return answer;
      });
      expect(await ledger.runs.remove(id)).toBe(true);
      expect(left).toEqual([2_500, 1_500, 500, 0]);
      expect(await store.read(({ maintenance }) => maintenance.removals('flow-run', 10))).toEqual([]);
    });
  });
}
