/** Conformance suite of claims: one holder of a run at any time, fencing, crashes, and proposals of two different ends. */
import { cancelled, completed, failed, running } from '@millrace/kernel';
import type { Store, Transaction } from '@millrace/store';
import { describe, expect, it, vi } from 'vitest';
import {
  cancelFrom,
  claimed,
  finishFlow,
  flowInit,
  flowRunOf,
  interrupted,
  type MakeDatabase,
  policy,
  runTask,
  startFlow,
  startTask,
  taskInit,
  World,
} from './harness.ts';

export function exerciseClaims(make: MakeDatabase): void {
  describe('a claim by key', () => {
    it('is won by one of many, and refused to the others as held', async () => {
      await using world = new World(make);
      const processes = [await world.start(), await world.start(), await world.start()];
      for (let round = 0; round < 10; round += 1) {
        const idempotencyKey = `nightly-${round}`;
        const claims = await Promise.all(
          processes.map(({ ledger }) => ledger.claimByKey({ ...flowInit(world.ids()), idempotencyKey })),
        );
        expect(claims.map((claim) => claim.status).sort()).toEqual(['claimed', 'held', 'held']);
      }
    });

    it('is won by one of many within a process, too', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const ask = () => here.ledger.claimByKey({ ...flowInit(world.ids()), idempotencyKey: 'once' });
      const claims = await Promise.all([ask(), ask(), ask()]);
      expect(claims.map((claim) => claim.status).sort()).toEqual(['claimed', 'held', 'held']);
      const { id } = flowRunOf(claimed(claims.find((claim) => claim.status === 'claimed') ?? expect.unreachable()));
      world.kill(here);
      const again = await Promise.all([1, 2, 3].map(() => there.ledger.claimById(id, 'recover')));
      expect(again.map((claim) => claim.status).sort()).toEqual(['claimed', 'held', 'held']);
    });

    it('gives the run that ended, with its outcome', async () => {
      await using world = new World(make);
      const here = await world.start();
      const init = { ...flowInit(world.ids()), idempotencyKey: 'once' };
      const execution = claimed(await here.ledger.claimByKey(init));
      execution.queueFlow({ state: running(world.clock.now()), by: 'engine' });
      await finishFlow(world, execution);
      execution.release();
      const again = await here.ledger.claimByKey({ ...init, id: world.ids() });
      expect(again).toMatchObject({ status: 'ended', run: { id: init.id, outcome: '"value"' } });
    });

    it('is the only way to a run with a key: others can know of it', async () => {
      await using world = new World(make);
      const { ledger } = await world.start();
      const begin = () => ledger.beginFlowRun(flowInit(world.ids(), { idempotencyKey: 'once' }));
      expect(begin).toThrow(expect.objectContaining({ code: 'ConfigurationError' }));
    });

    it('takes up a run that a sweep had marked Crashed because no process served its flow', async () => {
      await using world = new World(make);
      const here = await world.start();
      const there = await world.start();
      const init = { ...flowInit(world.ids()), idempotencyKey: 'once' };
      const first = claimed(await here.ledger.claimByKey(init));
      first.queueFlow({ state: running(world.clock.now()), by: 'engine' });
      await first.committed();
      world.kill(here);
      expect((await there.ledger.sweep()).crashed).toEqual([init.id]);
      expect(await there.ledger.runs.flowRun(init.id)).toMatchObject({ state: { type: 'CRASHED' }, crashCount: 1 });
      const execution = claimed(await there.ledger.claimByKey({ ...init, id: world.ids() }));
      execution.queueFlow({ state: running(world.clock.now()), by: 'engine', move: 'recover' });
      await execution.committed();
      expect(flowRunOf(execution)).toMatchObject({
        id: init.id,
        runCount: 1,
        crashCount: 1,
        state: { type: 'RUNNING' },
      });
    });
  });

  describe('a run whose process', () => {
    it('lives is held', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const { id } = flowRunOf(await startFlow(world, here));
      expect((await there.ledger.claimById(id, 'recover')).status).toBe('held');
      expect((await here.ledger.claimById(id, 'recover')).status).toBe('held');
    });

    it('is dead on this very machine is taken up at once, with its attempt and its children', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const old = await startFlow(world, here);
      const done = runTask(world, old, { replayKey: 'done' });
      const open = startTask(world, old, { replayKey: 'open' });
      await old.committed();
      world.kill(here);
      const execution = claimed(await there.ledger.claimById(flowRunOf(old).id, 'recover'));
      expect(flowRunOf(execution)).toMatchObject({ token: 2, crashCount: 1, runCount: 1 });
      execution.queueFlow({ state: running(world.clock.now()), by: 'engine', move: 'recover' });
      const [doneAgain, openAgain] = [execution.recorded.task('done'), execution.recorded.task('open')];
      expect([doneAgain?.id, openAgain?.id]).toEqual([done.id, open.id]);
      expect(await execution.outcome(doneAgain ?? expect.unreachable())).toBe('"done"');
      const again = openAgain ?? expect.unreachable();
      expect(
        execution.proposeTask(again, { state: running(world.clock.now()), by: 'engine', move: 'recover' }).status,
      ).toBe('ACCEPT');
      expect(again.runCount).toBe(1);
      execution.proposeTask(again, { state: completed(world.clock.now()), by: 'engine' }, '2');
      await finishFlow(world, execution);
      expect(flowRunOf(execution)).toMatchObject({ runCount: 1, divergence: [] });
    });

    it('slept past its lease is taken up, and what the old one writes is refused', async () => {
      await using world = new World(make);
      const withoutTimers = { heartbeatMs: 1e9, pollMs: Number.POSITIVE_INFINITY };
      const [here, there] = [await world.start(withoutTimers), await world.start()];
      const old = await startFlow(world, here);
      const lost = interrupted(old);
      await world.expireLeases();
      const { id } = flowRunOf(old);
      const execution = claimed(await there.ledger.claimById(id, 'recover'));
      const late = runTask(world, old);
      await expect(old.committed()).rejects.toMatchObject({ code: 'StaleExecution' });
      expect(await lost).toMatchObject({ kind: 'lost' });
      await expect(finishFlow(world, old)).rejects.toMatchObject({ code: 'StaleExecution' });
      expect(await there.ledger.runs.taskRun(late.id)).toBeUndefined();
      execution.queueFlow({ state: running(world.clock.now()), by: 'engine', move: 'recover' });
      expect((await finishFlow(world, execution)).status).toBe('ACCEPT');
    });

    it('slept past its lease keeps the runs that no other process took up', async () => {
      await using world = new World(make);
      const here = await world.start({ heartbeatMs: 1 });
      const execution = await startFlow(world, here);
      await world.expireLeases();
      expect((await here.ledger.claimById(flowRunOf(execution).id)).status).toBe('held');
      await expect.poll(async () => (await here.store.read(({ sessions }) => sessions.live())).length).toBe(1);
      const there = await world.start();
      expect((await there.ledger.claimById(flowRunOf(execution).id)).status).toBe('held');
      expect((await finishFlow(world, execution)).status).toBe('ACCEPT');
    });

    it('died too often ends as Crashed, with all below it', async () => {
      await using world = new World(make);
      const first = await world.start();
      const run = await startFlow(world, first, { policy: { ...policy, crashRetries: 1 } });
      const { id } = flowRunOf(run);
      const child = await startFlow(world, first, { parentFlowRunId: id, rootFlowRunId: id, replayKey: 'child' });
      const task = startTask(world, child);
      await child.committed();
      world.kill(first);
      const second = await world.start();
      const again = claimed(await second.ledger.claimById(id, 'recover'));
      again.queueFlow({ state: running(world.clock.now()), by: 'engine', move: 'recover' });
      await again.committed();
      world.kill(second);
      const third = await world.start();
      expect(await third.ledger.claimById(id, 'recover')).toMatchObject({
        status: 'ended',
        run: { state: { type: 'CRASHED' }, crashCount: 2 },
      });
      expect((await third.ledger.runs.flowRun(flowRunOf(child).id))?.state.type).toBe('CRASHED');
      expect((await third.ledger.runs.taskRun(task.id))?.state.type).toBe('CRASHED');
      const retried = claimed(await third.ledger.claimById(id, 'retry'));
      expect(flowRunOf(retried)).toMatchObject({ crashCount: 0, endAt: null, state: { type: 'PENDING' } });
    });

    it('gave it up counts no crash', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const execution = await startFlow(world, here);
      execution.release();
      await here.ledger.flush();
      const { id } = flowRunOf(execution);
      await expect.poll(async () => (await there.ledger.claimable(['etl'], 10)).map((run) => run.id)).toEqual([id]);
      expect(flowRunOf(claimed(await there.ledger.claimById(id, 'recover'))).crashCount).toBe(0);
    });

    it('was cancelling it leaves it Cancelled', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start({ pollMs: 1e9 }), await world.start()];
      const { id } = flowRunOf(await startFlow(world, here));
      expect(await cancelFrom(there, world, id)).toMatchObject({
        status: 'ACCEPT',
        changes: { state: { type: 'CANCELLING' } },
      });
      world.kill(here);
      expect(await there.ledger.claimById(id, 'recover')).toMatchObject({
        status: 'ended',
        run: { state: { type: 'CANCELLED' } },
      });
    });
  });

  describe('a child flow run', () => {
    it('is taken up only by the process that holds its parent', async () => {
      await using world = new World(make);
      const [first, second, third] = [await world.start(), await world.start(), await world.start()];
      const parent = await startFlow(world, first);
      const { id } = flowRunOf(parent);
      const child = await startFlow(world, first, { parentFlowRunId: id, rootFlowRunId: id, replayKey: 'child' });
      world.kill(first);
      const again = claimed(await second.ledger.claimById(id, 'recover'));
      const recorded = again.recorded.flow('child');
      expect(recorded?.id).toBe(flowRunOf(child).id);
      expect((await third.ledger.claimById(flowRunOf(child).id, 'recover')).status).toBe('held');
      expect(flowRunOf(claimed(await second.ledger.claimById(flowRunOf(child).id, 'recover'))).token).toBe(2);
    });
  });

  describe('children that the code no longer calls', () => {
    it('are listed on the run, and end with it', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const old = await startFlow(world, here);
      const { id } = flowRunOf(old);
      runTask(world, old, { replayKey: 'done' });
      const open = startTask(world, old, { replayKey: 'open' });
      const child = await startFlow(world, here, { parentFlowRunId: id, rootFlowRunId: id, replayKey: 'child' });
      const grandchild = startTask(world, child);
      await old.committed();
      await child.committed();
      world.kill(here);
      const execution = claimed(await there.ledger.claimById(id, 'recover'));
      execution.queueFlow({ state: running(world.clock.now()), by: 'engine', move: 'recover' });
      await finishFlow(world, execution);
      const stored = await there.ledger.runs.flowRun(id);
      expect([...(stored?.divergence ?? [])].sort()).toEqual(['child', 'done', 'open']);
      expect((await there.ledger.runs.taskRun(open.id))?.state.type).toBe('CANCELLED');
      expect((await there.ledger.runs.flowRun(flowRunOf(child).id))?.state.type).toBe('CANCELLED');
      expect((await there.ledger.runs.taskRun(grandchild.id))?.state.type).toBe('CANCELLED');
    });
  });

  it('a child that was called and could not be taken up ends with its parent, and is not listed as uncalled', async () => {
    await using world = new World(make);
    const [here, there] = [await world.start(), await world.start()];
    const old = await startFlow(world, here);
    const { id } = flowRunOf(old);
    const child = await startFlow(world, here, { parentFlowRunId: id, rootFlowRunId: id, replayKey: 'child' });
    await child.committed();
    world.kill(here);
    const execution = claimed(await there.ledger.claimById(id, 'recover'));
    execution.queueFlow({ state: running(world.clock.now()), by: 'engine', move: 'recover' });
    expect(execution.recorded.flow('child')).toBeDefined();
    execution.recorded.notTaken('child');
    await execution.proposeFlow({ state: failed(world.clock.now()), by: 'engine' });
    expect((await there.ledger.runs.flowRun(flowRunOf(child).id))?.state.type).toBe('CANCELLED');
    expect((await there.ledger.runs.flowRun(id))?.divergence ?? []).toEqual([]);
  });

  describe('a cancellation from another process', () => {
    it('reaches the body that runs', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const execution = await startFlow(world, here);
      const interrupt = interrupted(execution);
      await cancelFrom(there, world, flowRunOf(execution).id, 'by ann');
      expect(await interrupt).toEqual({ kind: 'cancel', reason: 'by ann' });
      const verdict = await execution.proposeFlow({ state: cancelled(world.clock.now()), by: 'engine' });
      expect(verdict.status).toBe('ACCEPT');
    });

    it('and a value have one winner, and the loser gets its answer', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start({ pollMs: 1e9 }), await world.start()];
      const winners = new Set<string>();
      for (let round = 0; round < 20; round += 1) {
        const execution = await startFlow(world, here);
        const { id } = flowRunOf(execution);
        const [done, cancel] = await Promise.all([finishFlow(world, execution), cancelFrom(there, world, id)]);
        const stored = await there.ledger.runs.flowRun(id);
        expect([done.status === 'ACCEPT', cancel.status === 'ACCEPT'].filter(Boolean)).toHaveLength(1);
        expect(stored?.state.type).toBe(done.status === 'ACCEPT' ? 'COMPLETED' : 'CANCELLING');
        expect(flowRunOf(execution).state.type).toBe(stored?.state.type);
        winners.add(stored?.state.type ?? '');
      }
      expect(winners.size).toBeGreaterThan(0);
    });

    it('before the value is known to the one who brings it', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start({ pollMs: 1e9 }), await world.start()];
      const execution = await startFlow(world, here);
      await cancelFrom(there, world, flowRunOf(execution).id);
      expect(await finishFlow(world, execution)).toMatchObject({
        status: 'REJECT',
        changes: null,
        rule: 'finish-cancelling',
      });
      expect(flowRunOf(execution)).toMatchObject({ state: { type: 'CANCELLING' }, outcome: null });
    });

    it('of a run that no process owns ends it and all below it at once', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const execution = await startFlow(world, here);
      const { id } = flowRunOf(execution);
      const task = startTask(world, execution);
      const child = await startFlow(world, here, { parentFlowRunId: id, rootFlowRunId: id, replayKey: 'child' });
      await execution.committed();
      world.kill(here);
      const verdict = await cancelFrom(there, world, id);
      expect(verdict).toMatchObject({
        status: 'REJECT',
        changes: { state: { type: 'CANCELLED' } },
        rule: 'cancel-unheld-run',
      });
      expect((await there.ledger.runs.taskRun(task.id))?.state.type).toBe('CANCELLED');
      expect((await there.ledger.runs.flowRun(flowRunOf(child).id))?.state.type).toBe('CANCELLED');
    });
  });

  describe('a run that has ended', () => {
    it('is moved on only by a move that the rules name', async () => {
      await using world = new World(make);
      const { ledger } = await world.start();
      const execution = await startFlow(world, { ledger });
      const { id } = flowRunOf(execution);
      await execution.proposeFlow({ state: failed(world.clock.now(), { message: 'boom' }), by: 'engine' }, '"error"');
      execution.release();
      expect(await ledger.claimById(id)).toMatchObject({ status: 'ended', run: { outcome: '"error"' } });
      expect((await ledger.claimById(id, 'recover')).status).toBe('ended');
      const again = claimed(await ledger.claimById(id, 'retry'));
      expect(flowRunOf(again)).toMatchObject({ state: { type: 'PENDING' }, outcome: null, endAt: null, runCount: 1 });
      again.queueFlow({ state: running(world.clock.now()), by: 'engine' });
      await finishFlow(world, again);
      expect(flowRunOf(again).runCount).toBe(2);
      again.release();
      expect((await ledger.claimById(id, 'retry')).status).toBe('ended');
    });

    it('is unknown when there is none', async () => {
      await using world = new World(make);
      const { ledger } = await world.start();
      await expect(ledger.claimById('01920000-0000-7000-8000-000000000000')).rejects.toMatchObject({
        code: 'RunNotFound',
      });
    });
  });

  it('resuming a run with 10,000 children costs one read of them', async () => {
    await using world = new World(make);
    const [here, there] = [await world.start(), await world.start()];
    const old = await startFlow(world, here);
    for (let index = 0; index < 10_000; index += 1) {
      const record = old.beginTaskRun(taskInit(world.ids(), { replayKey: `k${index}` }));
      old.proposeTask(record, { state: running(world.clock.now()), by: 'engine' });
      old.proposeTask(record, { state: completed(world.clock.now()), by: 'engine' }, `${index}`);
    }
    await old.committed();
    world.kill(here);
    const reads = readsOfTasks(there.store);
    const execution = claimed(await there.ledger.claimById(flowRunOf(old).id, 'recover'));
    expect(execution.recorded.size).toBe(10_000);
    expect(reads).toEqual(['recorded']);
    const records = Array.from(
      { length: 1_000 },
      (_, index) => execution.recorded.task(`k${index}`) ?? expect.unreachable(),
    );
    expect(await Promise.all(records.map((record) => execution.outcome(record)))).toEqual(
      records.map((_, index) => `${index}`),
    );
    expect(reads).toEqual(['recorded', 'outcomes', 'outcomes']);
  });
}

/** The verbs by which task runs are read and written from now on, in order. */
function readsOfTasks(store: Store): readonly string[] {
  const verbs: string[] = [];
  const counted = (transaction: Transaction): Transaction => {
    const taskRuns = new Proxy(transaction.taskRuns, {
      get(target, name) {
        verbs.push(String(name));
        const verb: unknown = Reflect.get(target, name);
        return typeof verb === 'function' ? verb.bind(target) : verb;
      },
    });
    return { ...transaction, taskRuns };
  };
  const { read, write } = store;
  vi.spyOn(store, 'read').mockImplementation((body) => read.call(store, (transaction) => body(counted(transaction))));
  vi.spyOn(store, 'write').mockImplementation((body) => write.call(store, (transaction) => body(counted(transaction))));
  return verbs;
}
