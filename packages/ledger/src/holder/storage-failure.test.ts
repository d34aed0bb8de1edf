/** A write that could not be stored is never shown as durable, and another process can take up its run. */
import { running } from '@millrace/kernel';
import { openStore, type Store } from '@millrace/store';
import { describe, expect, it, vi } from 'vitest';
import {
  claimed,
  finishFlow,
  flowInit,
  flowRunOf,
  interrupted,
  type MakeDatabase,
  runTask,
  startFlow,
  World,
} from '../conformance/harness.ts';

const makeMemory: MakeDatabase = async (clock) => {
  const store = await openStore({ url: ':memory:', host: { clock } });
  return {
    open: async () => store,
    async advance(ms) {
      clock.offsetMs += ms;
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
};

const full = Object.assign(new Error('the disk is full'), { code: 'StoreFull' });

/** The next task row is refused; what comes after it is written. */
function refuseNext(store: Store): void {
  vi.spyOn(store, 'putTaskRun').mockImplementationOnce(() => Promise.reject(full));
}

describe('a write that is refused', () => {
  it('refuses every wait, also a later one', async () => {
    await using world = new World(makeMemory);
    const here = await world.start();
    const execution = await startFlow(world, here);
    refuseNext(here.store);
    runTask(world, execution);
    await expect(execution.committed()).rejects.toBe(full);
    runTask(world, execution);
    await expect(execution.committed()).rejects.toBe(full);
  });

  it('keeps its flow run from ending, stops it, and leaves it to the next process without a crash counted', async () => {
    await using world = new World(makeMemory);
    const [here, there] = [await world.start(), await world.start()];
    const execution = await startFlow(world, here);
    const interrupt = interrupted(execution);
    refuseNext(here.store);
    runTask(world, execution);
    expect(await interrupt).toEqual({ kind: 'lost', cause: full });
    await expect(finishFlow(world, execution)).rejects.toBe(full);
    execution.release();
    const { id } = flowRunOf(execution);
    await expect.poll(async () => (await there.ledger.claimable(['etl'], 10)).map((run) => run.id)).toEqual([id]);
    expect(flowRunOf(claimed(await there.ledger.claimById(id, 'recover')))).toMatchObject({
      state: { type: 'RUNNING' },
      crashCount: 0,
    });
  });

  it('of the end of a run leaves it to the next process too, though its start is shown after that end was decided', async () => {
    await using world = new World(makeMemory);
    const [here, there] = [await world.start(), await world.start()];
    const execution = here.ledger.beginFlowRun(flowInit(world.ids()));
    await execution.committed();
    const write = here.store.putFlowRun.bind(here.store);
    const shown = Promise.withResolvers<void>();
    const put = vi.spyOn(here.store, 'putFlowRun');
    put.mockImplementationOnce((run) => write(run).then(() => shown.promise));
    execution.queueFlow({ state: running(world.clock.now()), by: 'engine' });
    await here.ledger.flush();
    put.mockImplementationOnce(async () => {
      shown.resolve();
      await execution.committed();
      throw full;
    });
    await expect(finishFlow(world, execution)).rejects.toBe(full);
    execution.release();
    const { id } = flowRunOf(execution);
    await expect.poll(async () => (await there.ledger.claimable(['etl'], 10)).map((run) => run.id)).toEqual([id]);
  });
});
