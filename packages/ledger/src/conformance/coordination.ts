/** Conformance suite of shared things: slots, cache keys, variables, artifacts; and forks. */
import type { SlotRequest } from '@millrace/kernel';
import { completed } from '@millrace/kernel';
import { describe, expect, it, vi } from 'vitest';
import {
  claimed,
  finishFlow,
  flowRunOf,
  type MakeDatabase,
  runTask,
  startFlow,
  startTask,
  type TestProcess,
  World,
} from './harness.ts';

export function exerciseCoordination(make: MakeDatabase): void {
  const want = (over: Partial<SlotRequest> = {}): SlotRequest => ({
    names: ['db'],
    occupy: 1,
    mode: 'concurrency',
    holderId: 'someone',
    ...over,
  });

  const claimKey = async ({ ledger }: TestProcess): Promise<string> => {
    const answer = await ledger.cache.claim('key', { holderId: 'run', refresh: false });
    return answer.status === 'claimed' ? answer.leaseId : expect.unreachable();
  };

  describe('slots', () => {
    it('are never given above the limit, by any number of processes', async () => {
      await using world = new World(make);
      const processes = [await world.start(), await world.start()];
      const [here] = processes;
      await here?.ledger.limits.set({ name: 'db', limit: 10 });
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          processes[index % 2]?.ledger.limits.acquire(want({ holderId: `run-${index}` })),
        ),
      );
      expect(answers.filter((answer) => answer?.status === 'granted')).toHaveLength(10);
      const full = answers.find((answer) => answer?.status === 'full');
      expect(full).toMatchObject({ name: 'db' });
      expect(await here?.ledger.limits.get('db')).toMatchObject({ occupied: 10, limit: 10 });
      expect((await here?.ledger.limits.get('db'))?.heldBy).toHaveLength(10);
    });

    it('of several limits are had all together or not at all', async () => {
      await using world = new World(make);
      const { ledger } = await world.start();
      await ledger.limits.set({ name: 'a', limit: 1 });
      await ledger.limits.set({ name: 'b', limit: 1 });
      const first = await ledger.limits.acquire(want({ names: ['b'] }));
      expect(await ledger.limits.acquire(want({ names: ['a', 'b'] }))).toMatchObject({
        status: 'full',
        name: 'b',
        heldBy: ['someone'],
      });
      expect((await ledger.limits.get('a'))?.occupied).toBe(0);
      if (first.status === 'granted') await ledger.limits.release(first.leaseId);
      expect((await ledger.limits.acquire(want({ names: ['a', 'b', 'unknown'] }))).status).toBe('granted');
    });

    it('are not asked for where there is no limit, or it is switched off', async () => {
      await using world = new World(make);
      const { ledger } = await world.start();
      await ledger.limits.set({ name: 'off', limit: 0, active: false });
      expect(await ledger.limits.acquire(want({ names: ['none', 'off'] }))).toEqual({ status: 'unlimited' });
    });

    it('of a process that died are free again', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start({ heartbeatMs: 1e9 }), await world.start({ heartbeatMs: 1e9 })];
      await here.ledger.limits.set({ name: 'db', limit: 1 });
      expect((await here.ledger.limits.acquire(want())).status).toBe('granted');
      expect((await there.ledger.limits.acquire(want())).status).toBe('full');
      world.kill(here);
      await world.expireLeases();
      await there.ledger.sweep();
      const there2 = await world.start();
      expect((await there2.ledger.limits.acquire(want())).status).toBe('granted');
    });

    it('of a process that slept past its lease and goes on are not given to it, or others, once more', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start({ heartbeatMs: 1e9 }), await world.start({ heartbeatMs: 1e9 })];
      await here.ledger.limits.set({ name: 'db', limit: 1 });
      for (const isSwept of [false, true]) {
        const first = await here.ledger.limits.acquire(want());
        if (first.status !== 'granted') return expect.unreachable();
        await world.expireLeases();
        if (isSwept) await there.ledger.sweep();
        expect((await here.ledger.limits.acquire(want())).status).toBe('full');
        expect((await there.ledger.limits.acquire(want())).status).toBe('full');
        await here.ledger.limits.release(first.leaseId);
      }
    });

    it('of a process that this machine knows to be dead are free after a sweep', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      await here.ledger.limits.set({ name: 'db', limit: 1 });
      expect((await here.ledger.limits.acquire(want())).status).toBe('granted');
      world.kill(here);
      await there.ledger.sweep();
      expect((await there.ledger.limits.acquire(want())).status).toBe('granted');
    });

    it('that a run forgot to release are given back when it ends', async () => {
      await using world = new World(make);
      const here = await world.start();
      const execution = await startFlow(world, here);
      await here.ledger.limits.set({ name: 'db', limit: 1 });
      const task = startTask(world, execution);
      await here.ledger.limits.acquire(want({ holderId: task.id }));
      execution.proposeTask(task, { state: completed(world.clock.now()), by: 'engine' });
      await here.ledger.flush();
      expect((await here.ledger.limits.acquire(want())).status).toBe('granted');
      await finishFlow(world, execution);
    });

    it('whose giving back could not be written are given back later, and the body hears nothing of it', async () => {
      await using world = new World(make);
      const { ledger, store } = await world.start();
      await ledger.limits.set({ name: 'db', limit: 1 });
      const first = await ledger.limits.acquire(want());
      vi.spyOn(store, 'write').mockRejectedValueOnce(new Error('the disk is full'));
      if (first.status === 'granted') await ledger.limits.release(first.leaseId);
      expect((await ledger.limits.acquire(want())).status).toBe('full');
      await expect.poll(async () => (await ledger.limits.acquire(want())).status, { timeout: 5_000 }).toBe('granted');
    });

    it('of a rate come back by themselves', async () => {
      await using world = new World(make);
      const { ledger } = await world.start();
      await ledger.limits.set({ name: 'api', limit: 2, slotDecayPerSecond: 1 });
      const rate = want({ names: ['api'], mode: 'rate', occupy: 2 });
      expect((await ledger.limits.acquire(rate)).status).toBe('granted');
      const full = await ledger.limits.acquire(rate);
      expect(full).toMatchObject({ status: 'full' });
      await world.database.advance(2_100);
      expect((await ledger.limits.acquire(rate)).status).toBe('granted');
    });

    it('that can never be had are refused, naming the limit', async () => {
      await using world = new World(make);
      const { ledger } = await world.start();
      await ledger.limits.set({ name: 'db', limit: 2 });
      await expect(ledger.limits.acquire(want({ occupy: 3 }))).rejects.toMatchObject({ code: 'ConfigurationError' });
      await expect(ledger.limits.acquire(want({ mode: 'rate' }))).rejects.toMatchObject({ code: 'ConfigurationError' });
      await expect(ledger.limits.acquire(want({ occupy: 0 }))).rejects.toMatchObject({ code: 'ConfigurationError' });
      await expect(ledger.limits.set({ name: 'db', limit: -1 })).rejects.toMatchObject({ code: 'ConfigurationError' });
    });
  });

  describe('the cache', () => {
    it('lets one of many compute a key, and the others find what it put', async () => {
      await using world = new World(make);
      const processes = [await world.start(), await world.start(), await world.start()];
      const ask = { holderId: 'run', refresh: false };
      const answers = await Promise.all(processes.map(({ ledger }) => ledger.cache.claim('key', ask)));
      expect(answers.map((answer) => answer.status).sort()).toEqual(['busy', 'busy', 'claimed']);
      const winner = answers.findIndex((answer) => answer.status === 'claimed');
      const answer = answers[winner];
      if (answer?.status !== 'claimed') return expect.unreachable();
      await processes[winner]?.ledger.cache.put({
        key: 'key',
        leaseId: answer.leaseId,
        outcome: '"v"',
        taskRunId: 'run',
        expiresAt: null,
      });
      for (const { ledger } of processes) {
        expect(await ledger.cache.claim('key', ask)).toEqual({ status: 'hit', outcome: '"v"', taskRunId: 'run' });
      }
      expect((await processes[0]?.ledger.cache.claim('key', { ...ask, refresh: true }))?.status).toBe('claimed');
    });

    it('gives a key back when its holder gives up, or is gone', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start({ heartbeatMs: 1e9 }), await world.start({ heartbeatMs: 1e9 })];
      const ask = { holderId: 'run', refresh: false };
      const first = await here.ledger.cache.claim('key', ask);
      if (first.status !== 'claimed') return expect.unreachable();
      await here.ledger.cache.release(first.leaseId);
      expect((await here.ledger.cache.claim('key', ask)).status).toBe('claimed');
      await world.expireLeases();
      expect((await there.ledger.cache.claim('key', ask)).status).toBe('claimed');
    });

    it('keeps what the present holder put: one that slept past its lease writes nothing over it', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start({ heartbeatMs: 1e9 }), await world.start({ heartbeatMs: 1e9 })];
      const slow = await claimKey(here);
      await world.expireLeases();
      for (const [process, leaseId, outcome] of [
        [there, await claimKey(there), '"B"'],
        [here, slow, '"A"'],
      ] as const) {
        await process.ledger.cache.put({ key: 'key', leaseId, outcome, taskRunId: null, expiresAt: null });
      }
      expect(await there.ledger.cache.get('key')).toBe('"B"');
    });

    it('forgets what has expired or was removed', async () => {
      await using world = new World(make);
      const { ledger } = await world.start();
      const claim = await ledger.cache.claim('key', { holderId: 'run', refresh: false });
      if (claim.status !== 'claimed') return expect.unreachable();
      await ledger.cache.put({
        key: 'key',
        leaseId: claim.leaseId,
        outcome: '1',
        taskRunId: null,
        expiresAt: world.clock.now() + 60_000,
      });
      expect(await ledger.cache.get('key')).toBe('1');
      expect(await ledger.cache.remove('key')).toBe(true);
      expect(await ledger.cache.get('key')).toBeUndefined();
    });
  });

  describe('a fork', () => {
    it('has what came before the task, and nothing of what came with or after it', async () => {
      await using world = new World(make);
      const here = await world.start();
      const execution = await startFlow(world, here);
      const { id } = flowRunOf(execution);
      runTask(world, execution, { taskKey: 'fetch', replayKey: 'fetch' }, '"fetched"');
      const child = await startFlow(world, here, {
        flowName: 'inner',
        parentFlowRunId: id,
        rootFlowRunId: id,
        replayKey: 'inner',
      });
      await finishFlow(world, child, '"inner value"');
      child.release();
      runTask(world, execution, { taskKey: 'load', replayKey: 'load' });
      runTask(world, execution, { taskKey: 'report', replayKey: 'report' });
      await finishFlow(world, execution);
      execution.release();
      const fork = await here.ledger.runs.fork(id, {
        id: world.ids(),
        name: 'fork',
        from: 'load',
        parameters: '{"n":2}',
      });
      expect(fork).toMatchObject({ rerunOf: id, parameters: '{"n":2}', state: { type: 'PENDING' }, sessionId: null });
      const again = claimed(await here.ledger.claimById(fork.id, 'recover'));
      expect(again.recorded.size).toBe(2);
      const fetched = again.recorded.task('fetch') ?? expect.unreachable();
      expect(fetched.flowRunId).toBe(fork.id);
      expect(await again.outcome(fetched)).toBe('"fetched"');
      const inner = again.recorded.flow('inner') ?? expect.unreachable();
      expect(inner).toMatchObject({ parentFlowRunId: fork.id, rootFlowRunId: fork.id, state: { type: 'COMPLETED' } });
      expect(await again.outcome(inner)).toBe('"inner value"');
      expect(await here.ledger.runs.countTaskRuns({ flowRunId: id })).toHaveLength(3);
      await finishFlow(world, again);
    });

    it('without a task has nothing, and from one that never began is refused', async () => {
      await using world = new World(make);
      const { ledger } = await world.start();
      const execution = await startFlow(world, { ledger });
      const { id } = flowRunOf(execution);
      runTask(world, execution);
      await finishFlow(world, execution);
      const fork = await ledger.runs.fork(id, { id: world.ids(), name: 'fork' });
      expect(fork.parameters).toBe('{"n":1}');
      expect(await ledger.runs.countTaskRuns({ flowRunId: fork.id })).toEqual([]);
      const refused = ledger.runs.fork(id, { id: world.ids(), name: 'fork', from: 'never' });
      await expect(refused).rejects.toMatchObject({ code: 'ConfigurationError' });
    });
  });

  it('variables and artifacts are kept', async () => {
    await using world = new World(make);
    const { ledger } = await world.start();
    const variable = { name: 'region', value: '"eu"', tags: ['a'], overwrite: false };
    expect(await ledger.variables.set(variable)).toBe(true);
    expect(await ledger.variables.set({ ...variable, value: '"us"' })).toBe(false);
    expect(await ledger.variables.get('region')).toBe('"eu"');
    expect(await ledger.variables.remove('region')).toBe(true);
    const id = await ledger.artifacts.put({
      id: world.ids(),
      key: 'report',
      type: 'markdown',
      description: null,
      data: '# a',
      flowRunId: null,
      taskRunId: null,
    });
    await ledger.artifacts.update(id, '# b');
    expect(await ledger.artifacts.list({ key: 'report' })).toMatchObject([{ id, data: '# b' }]);
  });
}
