/** Conformance suite of waiting runs (evicted, signalled, paused, sleeping), and of the sweep of those whose flow no process serves. */
import { failed, type Ledger, resuming, running, scheduled, suspended } from '@millrace/kernel';
import { describe, expect, it, vi } from 'vitest';
import {
  cancelFrom,
  claimed,
  finishFlow,
  flowInit,
  flowRunOf,
  type MakeDatabase,
  policy,
  startFlow,
  startTask,
  World,
} from './harness.ts';
import { verifyStore } from '../verify.ts';

export function exerciseWaiting(make: MakeDatabase): void {
  const sleeping = (now: number, until: number) =>
    ({ state: scheduled(now, until, { details: { reason: { kind: 'sleep', until } } }), by: 'engine' }) as const;
  const waitingFor = (now: number, name: string) =>
    ({ state: suspended(now, { details: { reason: { kind: 'signal', name, until: null } } }), by: 'engine' }) as const;

  describe('an evicted run', () => {
    it('says why it does not run, and is taken up when it is due, with its attempt', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const execution = await startFlow(world, here);
      const run = flowRunOf(execution);
      const until = world.clock.now() + 60_000;
      await execution.park({ proposal: sleeping(world.clock.now(), until), wakeAt: until });
      expect(await there.ledger.runs.flowRun(run.id)).toMatchObject({
        sessionId: null,
        wakeAt: until,
        waiting: { kind: 'sleep', until },
      });
      expect((await there.ledger.claimById(run.id, 'recover')).status).toBe('parked');
      expect(await there.ledger.claimable(['etl'], 10)).toEqual([]);
      await world.database.advance(60_001);
      expect((await there.ledger.claimable(['etl'], 10)).map(({ id }) => id)).toEqual([run.id]);
      const again = claimed(await there.ledger.claimById(run.id, 'recover'));
      again.queueFlow({ state: running(world.clock.now() + 60_001), by: 'engine', move: 'recover' });
      expect(flowRunOf(again)).toMatchObject({ crashCount: 0 });
    });

    it('is woken by a signal, and by one that came before it was evicted', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      for (const early of [true, false]) {
        const execution = await startFlow(world, here);
        const { id } = flowRunOf(execution);
        const wait = startTask(world, execution, { kind: 'signal', taskKey: 'signal:go' });
        expect(await execution.takeSignal(wait, 'go')).toBeUndefined();
        if (early) await there.ledger.runs.sendSignal(id, { name: 'go', payload: '1' });
        await execution.park({ proposal: waitingFor(world.clock.now(), 'go'), wakeAt: null });
        if (!early) {
          expect(await there.ledger.claimable(['etl'], 10)).toEqual([]);
          await there.ledger.runs.sendSignal(id, { name: 'go', payload: '1' });
        }
        await world.database.advance(5);
        expect((await there.ledger.claimable(['etl'], 10)).map((run) => run.id)).toEqual([id]);
        const again = claimed(await there.ledger.claimById(id, 'recover'));
        again.queueFlow({ state: running(world.clock.now()), by: 'engine', move: 'recover' });
        expect(flowRunOf(again)).toMatchObject({ runCount: 1, waiting: null, wakeAt: null });
        await finishFlow(world, again);
        again.release();
      }
    });

    it('is woken with the runs above it, and taken up with its parent', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const parent = await startFlow(world, here);
      const { id } = flowRunOf(parent);
      const child = await startFlow(world, here, { parentFlowRunId: id, rootFlowRunId: id, replayKey: 'child' });
      const wait = startTask(world, child, { kind: 'signal', taskKey: 'signal:go' });
      expect(await child.takeSignal(wait, 'go')).toBeUndefined();
      await child.park({ proposal: waitingFor(world.clock.now(), 'go'), wakeAt: null });
      await parent.park({ proposal: waitingFor(world.clock.now(), 'go'), wakeAt: null });
      expect((await there.ledger.claimById(flowRunOf(child).id, 'recover')).status).toBe('held');
      await there.ledger.runs.sendSignal(flowRunOf(child).id, { name: 'go', payload: '1' });
      await world.database.advance(5);
      expect((await there.ledger.claimable(['etl'], 10)).map((run) => run.id)).toEqual([id]);
      claimed(await there.ledger.claimById(id, 'recover'));
      const again = claimed(await there.ledger.claimById(flowRunOf(child).id, 'recover'));
      expect(flowRunOf(again).crashCount).toBe(0);
    });

    it('is not evicted when it is to be cancelled', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start({ pollMs: 1e9 }), await world.start()];
      const execution = await startFlow(world, here);
      await cancelFrom(there, world, flowRunOf(execution).id, 'by ann');
      const evicting = execution.park({ proposal: waitingFor(world.clock.now(), 'go'), wakeAt: null });
      await expect(evicting).rejects.toMatchObject({ code: 'RunCancelled' });
      expect((await there.ledger.runs.flowRun(flowRunOf(execution).id))?.sessionId).not.toBeNull();
    });

    it('is cancelled at once, as no process holds it', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const execution = await startFlow(world, here);
      const task = startTask(world, execution);
      await execution.park({ proposal: waitingFor(world.clock.now(), 'go'), wakeAt: null });
      await cancelFrom(there, world, flowRunOf(execution).id);
      expect(await there.ledger.runs.flowRun(flowRunOf(execution).id)).toMatchObject({
        state: { type: 'CANCELLED' },
        wakeAt: null,
      });
      expect((await there.ledger.runs.taskRun(task.id))?.state.type).toBe('CANCELLED');
    });

    it('is resumed from outside', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const execution = await startFlow(world, here);
      const { id } = flowRunOf(execution);
      await execution.park({ proposal: waitingFor(world.clock.now(), 'go'), wakeAt: null });
      const verdict = await there.ledger.runs.propose(id, {
        state: resuming(world.clock.now()),
        by: 'api',
        move: 'resume',
      });
      expect(verdict.status).toBe('ACCEPT');
      await world.database.advance(5);
      expect((await there.ledger.claimable(['etl'], 10)).map((run) => run.id)).toEqual([id]);
    });
  });

  describe('a signal', () => {
    it('is taken once, oldest first, and the same key is the same signal', async () => {
      await using world = new World(make);
      const here = await world.start();
      const execution = await startFlow(world, here);
      const { id } = flowRunOf(execution);
      await here.ledger.runs.sendSignal(id, { name: 'go', payload: '1', idempotencyKey: 'a' });
      await here.ledger.runs.sendSignal(id, { name: 'go', payload: '1', idempotencyKey: 'a' });
      await here.ledger.runs.sendSignal(id, { name: 'go', payload: '2' });
      const waits = [1, 2, 3].map(() => startTask(world, execution, { kind: 'signal', taskKey: 'signal:go' }));
      const taken: (string | undefined)[] = [];
      for (const wait of waits) taken.push((await execution.takeSignal(wait, 'go'))?.payload);
      expect(taken).toEqual(['1', '2', undefined]);
      await finishFlow(world, execution);
    });

    it('that a wait took before its process died is given to that wait again, and to no other', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const execution = await startFlow(world, here);
      const { id } = flowRunOf(execution);
      await here.ledger.runs.sendSignal(id, { name: 'go', payload: '1' });
      await here.ledger.runs.sendSignal(id, { name: 'go', payload: '2' });
      const wait = startTask(world, execution, { kind: 'signal', taskKey: 'signal:go', replayKey: 'wait' });
      expect((await execution.takeSignal(wait, 'go'))?.payload).toBe('1');
      world.kill(here);
      const again = claimed(await there.ledger.claimById(id, 'recover'));
      again.queueFlow({ state: running(world.clock.now()), by: 'engine', move: 'recover' });
      const recorded = again.recorded.task('wait') ?? expect.unreachable();
      again.proposeTask(recorded, { state: running(world.clock.now()), by: 'engine', move: 'recover' });
      const other = startTask(world, again, { kind: 'signal', taskKey: 'signal:go' });
      expect((await again.takeSignal(other, 'go'))?.payload).toBe('2');
      expect((await again.takeSignal(recorded, 'go'))?.payload).toBe('1');
      expect(await again.takeSignal(recorded, 'go')).toBeUndefined();
      await finishFlow(world, again);
    });

    it('that its wait refused, and so asked again, is given to no wait any more', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const execution = await startFlow(world, here);
      const { id } = flowRunOf(execution);
      await here.ledger.runs.sendSignal(id, { name: 'go', payload: '1' });
      const wait = startTask(world, execution, { kind: 'signal', taskKey: 'signal:go', replayKey: 'wait' });
      expect((await execution.takeSignal(wait, 'go'))?.payload).toBe('1');
      expect(await execution.takeSignal(wait, 'go')).toBeUndefined();
      await execution.park({ proposal: waitingFor(world.clock.now(), 'go'), wakeAt: null });
      expect(await there.ledger.claimable(['etl'], 10)).toEqual([]);
      await there.ledger.runs.sendSignal(id, { name: 'go', payload: '2' });
      await world.database.advance(5);
      const again = claimed(await there.ledger.claimById(id, 'recover'));
      again.queueFlow({ state: running(world.clock.now()), by: 'engine', move: 'recover' });
      const recorded = again.recorded.task('wait') ?? expect.unreachable();
      expect((await again.takeSignal(recorded, 'go'))?.payload).toBe('2');
      await finishFlow(world, again);
    });

    it('that is not there is looked for without a commit, which would notify every process', async () => {
      await using world = new World(make);
      const here = await world.start({ pollMs: 1e9 });
      const execution = await startFlow(world, here);
      const wait = startTask(world, execution, { kind: 'signal', taskKey: 'signal:go' });
      await execution.committed();
      await here.ledger.runs.sendSignal(flowRunOf(execution).id, { name: 'other', payload: '1' });
      await here.ledger.flush();
      const writes = vi.spyOn(here.store, 'write');
      expect(await execution.takeSignal(wait, 'go')).toBeUndefined();
      expect(writes).not.toHaveBeenCalled();
      await finishFlow(world, execution);
    });

    it('to a run that there is not is refused', async () => {
      await using world = new World(make);
      const { ledger } = await world.start();
      await expect(ledger.runs.sendSignal('missing', { name: 'go', payload: '1' })).rejects.toMatchObject({
        code: 'RunNotFound',
      });
    });
  });

  describe('a sweep', () => {
    it('marks Crashed what no process serves, and leaves to others what they serve', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const lonely = await startFlow(world, here, { flowName: 'lonely' });
      const served = await startFlow(world, here, { flowName: 'served' });
      const task = startTask(world, lonely);
      await lonely.committed();
      await there.ledger.announce(['served']);
      expect((await there.ledger.sweep()).crashed).toEqual([]);
      world.kill(here);
      expect((await there.ledger.sweep()).crashed).toEqual([flowRunOf(lonely).id]);
      expect(await there.ledger.runs.flowRun(flowRunOf(lonely).id)).toMatchObject({
        state: { type: 'CRASHED' },
        sessionId: null,
      });
      expect((await there.ledger.runs.taskRun(task.id))?.state.type).toBe('CRASHED');
      expect((await there.ledger.runs.flowRun(flowRunOf(served).id))?.state.type).toBe('RUNNING');
      expect((await there.ledger.claimable(['served'], 10)).map(({ id }) => id)).toEqual([flowRunOf(served).id]);
    });

    it('takes no attempt from a run, and gives it none back', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const over = { idempotencyKey: 'one', policy: { ...policy, retries: 1 } };
      const fail = (now: number) => ({ state: failed(now), by: 'engine' }) as const;
      const execution = claimed(await here.ledger.claimByKey({ ...flowInit(world.ids()), ...over }));
      execution.queueFlow({ state: running(world.clock.now()), by: 'engine' });
      expect((await execution.proposeFlow(fail(world.clock.now()))).status).toBe('REJECT');
      execution.queueFlow({ state: running(world.clock.now()), by: 'engine' });
      await execution.committed();
      world.kill(here);
      expect((await there.ledger.sweep()).crashed).toEqual([flowRunOf(execution).id]);
      const again = claimed(await there.ledger.claimByKey({ ...flowInit(world.ids()), ...over }));
      again.queueFlow({ state: running(world.clock.now()), by: 'engine', move: 'recover' });
      expect((await again.proposeFlow(fail(world.clock.now()))).status).toBe('ACCEPT');
      expect(flowRunOf(again)).toMatchObject({ runCount: 2, state: { type: 'FAILED' } });
    });

    it('fails a paused run whose time is up, when no process serves its flow', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const execution = await startFlow(world, here);
      const { id } = flowRunOf(execution);
      const pauseTimeoutAt = world.clock.now() + 1_000;
      const state = suspended(world.clock.now(), { details: { pauseKey: 'ask', pauseTimeoutAt } });
      await execution.park({ proposal: { state, by: 'engine' }, wakeAt: pauseTimeoutAt });
      await there.ledger.sweep();
      expect((await there.ledger.runs.flowRun(id))?.state.type).toBe('PAUSED');
      await world.database.advance(1_001);
      await there.ledger.sweep();
      expect(await there.ledger.runs.flowRun(id)).toMatchObject({
        state: { type: 'FAILED', message: 'The run was suspended and never resumed.' },
      });
    });

    it('by a process that slept past its lease ends nothing that it holds or serves itself', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      await here.ledger.announce(['served']);
      const own = await startFlow(world, here, { flowName: 'lonely' });
      const served = await startFlow(world, there, { flowName: 'served' });
      const standalone = here.ledger.beginStandalone();
      const task = startTask(world, standalone);
      await standalone.committed();
      world.kill(there);
      await world.expireLeases();
      expect(await here.ledger.sweep()).toEqual({ crashed: [], cancelled: [], failed: [], crashedTaskRuns: [] });
      expect((await here.ledger.runs.flowRun(flowRunOf(own).id))?.state.type).toBe('RUNNING');
      expect((await here.ledger.runs.flowRun(flowRunOf(served).id))?.state.type).toBe('RUNNING');
      expect((await here.ledger.runs.taskRun(task.id))?.state.type).toBe('RUNNING');
      expect((await finishFlow(world, own)).status).toBe('ACCEPT');
    });

    it('that finds nothing writes nothing, as a commit notifies every process', async () => {
      await using world = new World(make);
      const { ledger, store } = await world.start();
      await ledger.sweep();
      const writes = vi.spyOn(store, 'write');
      await ledger.sweep();
      expect(writes).not.toHaveBeenCalled();
    });

    it('by many at once ends each run once', async () => {
      await using world = new World(make);
      const here = await world.start();
      const runs = [];
      for (let index = 0; index < 5; index += 1) runs.push(flowRunOf(await startFlow(world, here)).id);
      world.kill(here);
      const others = [await world.start(), await world.start(), await world.start()];
      const sweeps = await Promise.all(others.map(({ ledger }) => ledger.sweep()));
      expect(sweeps.flatMap(({ crashed }) => crashed).sort()).toEqual(runs.sort());
    });
  });

  it('a failed run that is retried from outside waits for a process', async () => {
    await using world = new World(make);
    const { ledger } = await world.start();
    const execution = await startFlow(world, { ledger });
    const { id } = flowRunOf(execution);
    await execution.proposeFlow({ state: failed(world.clock.now()), by: 'engine' });
    execution.release();
    const state = scheduled(world.clock.now(), world.clock.now());
    expect((await ledger.runs.propose(id, { state, by: 'api', move: 'retry' })).status).toBe('ACCEPT');
    await world.database.advance(5);
    expect((await ledger.claimable(['etl'], 10)).map((run) => run.id)).toEqual([id]);
  });

  describe('a child that failed', () => {
    const retry = (now: number) => ({ state: scheduled(now, now), by: 'api', move: 'retry' }) as const;
    const failedChild = async (world: World, here: { ledger: Ledger }, parentFlowRunId: string): Promise<string> => {
      const over = { parentFlowRunId, rootFlowRunId: parentFlowRunId, replayKey: 'child' };
      const child = await startFlow(world, here, over);
      await child.proposeFlow({ state: failed(world.clock.now()), by: 'engine' });
      child.release();
      return flowRunOf(child).id;
    };

    it('is not retried from outside once its parent has ended, nor while that is under way', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const parent = await startFlow(world, here);
      const id = await failedChild(world, here, flowRunOf(parent).id);
      const moved = { status: 'REJECT', rule: 'move-below-open-parent', changes: null };
      expect(await there.ledger.runs.propose(id, retry(world.clock.now()))).toMatchObject(moved);
      await finishFlow(world, parent);
      expect(await there.ledger.runs.propose(id, retry(world.clock.now()))).toMatchObject(moved);
      expect((await there.ledger.claimById(id, 'retry')).status).toBe('ended');
      expect(await verifyStore(there.store)).toEqual([]);
    });

    it('is retried with a parent that sleeps, which is woken for it', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const parent = await startFlow(world, here);
      const id = await failedChild(world, here, flowRunOf(parent).id);
      await parent.park({ proposal: waitingFor(world.clock.now(), 'go'), wakeAt: null });
      expect((await there.ledger.runs.propose(id, retry(world.clock.now()))).status).toBe('ACCEPT');
      await world.database.advance(5);
      expect((await there.ledger.claimable(['etl'], 10)).map((run) => run.id)).toEqual([flowRunOf(parent).id]);
    });
  });
}
