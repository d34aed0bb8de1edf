/**
 * Conformance suite of runs without a process: reading them changes nothing; a sweep ends them only after the grace and only if no process
 * serves their flow; a process that serves it later takes up the runs that a sweep ended.
 */
import { cancelling, failed, running } from '@millrace/kernel';
import type { Store } from '@millrace/store';
import { describe, expect, it } from 'vitest';
import {
  claimed,
  flowInit,
  flowRunOf,
  leaseMs,
  type MakeDatabase,
  policy,
  startFlow,
  startTask,
  World,
} from './harness.ts';

const graceMs = 600_000;
const patient = { orphanGraceMs: graceMs };
/** It gives no sign of life, and notices nothing. */
const withoutTimers = { heartbeatMs: 1e9, pollMs: Number.POSITIVE_INFINITY };
const recover = (world: World) => ({ state: running(world.clock.now()), by: 'engine', move: 'recover' }) as const;

export function exerciseOrphans(make: MakeDatabase): void {
  describe('an orphan', () => {
    it('is seen for what it is, and who looks writes nothing', async () => {
      await using world = new World(make);
      const [here, there, server] = [await world.start(), await world.start(patient), await world.start(patient)];
      const lonely = flowRunOf(await startFlow(world, here));
      const keyed = claimed(await here.ledger.claimByKey({ ...flowInit(world.ids()), idempotencyKey: 'one' }));
      const parent = flowRunOf(keyed);
      const child = flowRunOf(
        await startFlow(world, here, { parentFlowRunId: parent.id, rootFlowRunId: parent.id, replayKey: 'child' }),
      );
      const standalone = here.ledger.beginStandalone();
      const task = startTask(world, standalone);
      await standalone.committed();
      const look = async () => {
        const runs = [...(await there.ledger.runs.flowRuns({})), ...(await there.ledger.runs.taskRuns({}))];
        return await there.ledger.runs.orphans(runs);
      };
      expect((await look()).size).toBe(0);
      world.kill(here);
      const before = await everything(there);
      const seen = await look();
      expect([...seen.keys()].sort()).toEqual([lonely.id, parent.id, child.id, task.id].sort());
      expect(seen.get(lonely.id)).toMatchObject({ cause: 'process-died', takers: ['resume'] });
      expect(seen.get(parent.id)).toMatchObject({ takers: ['key', 'resume'] });
      expect(seen.get(child.id)).toMatchObject({ takers: ['parent'] });
      expect(seen.get(task.id)).toMatchObject({ takers: [] });
      expect(await everything(there)).toEqual(before);
      await server.ledger.announce(['etl']);
      expect((await look()).get(lonely.id)?.takers).toEqual(['serve', 'resume']);
    });

    it('says since when: the end of its lease, also after a sweep freed what its process held', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(withoutTimers), await world.start(patient)];
      const { id } = flowRunOf(await startFlow(world, here));
      const of = async () => {
        const run = (await there.ledger.runs.flowRun(id)) ?? expect.unreachable();
        return (await there.ledger.runs.orphans([run])).get(id);
      };
      expect(await of()).toBeUndefined();
      await world.expireLeases();
      const first = await of();
      expect(first).toMatchObject({ cause: 'lease-ended' });
      expect((await there.ledger.sweep()).crashed).toEqual([]);
      expect(await of()).toEqual(first);
      expect(first?.lostAt).toBe((first?.since ?? 0) + graceMs);
    });

    it('is ended as Crashed by a sweep only after the grace, counted from the end of its lease', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(withoutTimers), await world.start(patient)];
      const { id } = flowRunOf(await startFlow(world, here));
      const standalone = here.ledger.beginStandalone();
      const task = startTask(world, standalone);
      await standalone.committed();
      await world.database.advance(graceMs);
      expect(await there.ledger.sweep()).toMatchObject({ crashed: [], crashedTaskRuns: [] });
      await world.database.advance(leaseMs + 5);
      expect(await there.ledger.sweep()).toMatchObject({ crashed: [id], crashedTaskRuns: [task.id] });
      expect(await there.ledger.runs.flowRun(id)).toMatchObject({
        crashCount: 1,
        waiting: null,
        state: { type: 'CRASHED', details: { reason: { kind: 'orphaned' } } },
      });
    });

    it('is ended at once where a sweep is asked to', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(patient), await world.start(patient)];
      const { id } = flowRunOf(await startFlow(world, here));
      world.kill(here);
      expect((await there.ledger.sweep()).crashed).toEqual([]);
      expect((await there.ledger.sweep({ olderThanMs: 0 })).crashed).toEqual([id]);
    });

    it('that was being cancelled is Cancelled by the first sweep', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start({ pollMs: 1e9 }), await world.start(patient)];
      const { id } = flowRunOf(await startFlow(world, here));
      await there.ledger.runs.propose(id, { state: cancelling(world.clock.now()), by: 'api' });
      world.kill(here);
      expect(await there.ledger.sweep()).toMatchObject({ crashed: [], cancelled: [id] });
    });
  });

  describe('a run that a sweep ended for want of a process', () => {
    it('is taken up by a process that serves its flow, in the attempt it was in', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const { id } = flowRunOf(await startFlow(world, here));
      world.kill(here);
      await there.ledger.sweep();
      expect(await there.ledger.claimable(['etl'], 10)).toEqual([]);
      expect(await there.ledger.claimable(['other'], 10, { lost: true })).toEqual([]);
      expect((await there.ledger.claimable(['etl'], 10, { lost: true })).map((run) => run.id)).toEqual([id]);
      const again = claimed(await there.ledger.claimById(id, 'recover'));
      again.queueFlow(recover(world));
      await again.committed();
      expect(flowRunOf(again)).toMatchObject({ crashCount: 1, runCount: 1, wakeAt: null, state: { type: 'RUNNING' } });
      expect(await there.ledger.claimable(['etl'], 10, { lost: true })).toEqual([]);
    });

    it('is left alone when its crashes are used up, after a week, and when it ended so by itself', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      await startFlow(world, here, { policy: { ...policy, crashRetries: 0 } });
      const broken = await startFlow(world, here);
      await broken.proposeFlow({ state: failed(world.clock.now()), by: 'engine' });
      const old = flowRunOf(await startFlow(world, here));
      world.kill(here);
      expect((await there.ledger.sweep()).crashed).toHaveLength(2);
      expect((await there.ledger.claimable(['etl'], 10, { lost: true })).map(({ id }) => id)).toEqual([old.id]);
      await world.database.advance(7 * 24 * 60 * 60 * 1_000 + 5);
      expect(await there.ledger.claimable(['etl'], 10, { lost: true })).toEqual([]);
    });
  });

  it('a session that ends in order leaves what it holds to others at once, and no crash is counted', async () => {
    await using world = new World(make);
    const [here, there] = [await world.start(), await world.start(patient)];
    const execution = await startFlow(world, here);
    const { id } = flowRunOf(execution);
    await here.ledger.close();
    const left = (await there.ledger.runs.flowRun(id)) ?? expect.unreachable();
    expect(left).toMatchObject({ sessionId: null, state: { type: 'RUNNING' } });
    await world.database.advance(5);
    expect((await there.ledger.runs.orphans([left])).get(id)).toMatchObject({ cause: 'handed-over' });
    expect((await there.ledger.sweep()).crashed).toEqual([]);
    expect((await there.ledger.claimable(['etl'], 10)).map((run) => run.id)).toEqual([id]);
    expect(flowRunOf(claimed(await there.ledger.claimById(id, 'recover'))).crashCount).toBe(0);
  });

  it('a run that was left in order and that no process serves is ended by a sweep after the grace', async () => {
    await using world = new World(make);
    const [here, there] = [await world.start(), await world.start(patient)];
    const { id } = flowRunOf(await startFlow(world, here));
    await here.ledger.close();
    await world.database.advance(graceMs + 5);
    expect((await there.ledger.sweep()).crashed).toEqual([id]);
    expect(await there.ledger.runs.flowRun(id)).toMatchObject({ crashCount: 0, state: { type: 'CRASHED' } });
  });
}

async function everything({ store }: { readonly store: Store }): Promise<unknown> {
  return await store.read(async ({ flowRuns, taskRuns, sessions }) => [
    await flowRuns.list({ limit: 100 }),
    await taskRuns.list({ limit: 100 }),
    [...(await sessions.live()), ...(await sessions.expired(100))],
  ]);
}
