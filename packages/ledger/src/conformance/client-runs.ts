/**
 * Conformance suite of runs that a client drives through the API: proposed and reported by other processes, held by no session, reconciled
 * after their end.
 */
import {
  cancelling,
  completed,
  failed,
  type FlowRunRecord,
  pending,
  running,
  type State,
  suspended,
  type TaskRunRecord,
  type TaskRunReport,
} from '@millrace/kernel';
import { describe, expect, it } from 'vitest';
import { verifyStore } from '../verify.ts';
import { finishFlow, flowInit, type MakeDatabase, startFlow, startTask, type TestProcess, World } from './harness.ts';

/** A flow run of a client, RUNNING. */
async function startClientRun(world: World, { ledger }: TestProcess): Promise<FlowRunRecord> {
  const run = await ledger.runs.enqueue(flowInit(world.ids(), { driver: 'client' }));
  const verdict = await ledger.runs.propose(run.id, { state: running(world.clock.now()), by: 'api' });
  expect(verdict.status).toBe('ACCEPT');
  return run;
}

/** The id of a task run as a client makes it: the ids of its states don't follow from it. */
const clientTaskId = '01939f2a-6c1e-7b1c-9a55-0c7a6f1e2abc';

function report(flowRun: FlowRunRecord, state: State, number: number): TaskRunReport {
  const isEnd = state.type === 'COMPLETED' || state.type === 'FAILED';
  return {
    run: {
      id: clientTaskId,
      flowRunId: flowRun.id,
      parentTaskRunId: null,
      taskKey: 'load-1a2b',
      dynamicKey: '0',
      replayKey: 'load-1a2b/0',
      createdAt: flowRun.createdAt,
      tags: ['nightly'],
      retryPolicy: { retries: 1, retryDelaysMs: [10], retryJitter: null },
      details: { labels: { team: 'data' } },
    },
    state: { ...state, id: `01939f2a-6c1e-7b1c-8a55-0c7a6f1e0${String(number).padStart(3, '0')}` },
    columns: {
      name: 'load-0',
      runCount: number === 0 ? 0 : 1,
      flowRunCount: 1,
      startAt: number === 0 ? null : flowRun.createdAt,
      endAt: isEnd ? state.at : null,
      runTimeMs: isEnd ? 2 : 0,
      inputs: [],
      cacheKey: null,
    },
  };
}

/** PENDING, RUNNING and COMPLETED, a millisecond apart. */
function threeReports(flowRun: FlowRunRecord): readonly TaskRunReport[] {
  const at = flowRun.createdAt;
  return [pending(at), running(at + 1), { ...completed(at + 2), data: { type: 'reference', size: 3 } }].map(
    (state, number) => report(flowRun, state, number),
  );
}

function taskOf({ ledger }: TestProcess): Promise<TaskRunRecord | undefined> {
  return ledger.runs.taskRun(clientTaskId);
}

const orders: readonly (readonly [readonly number[]])[] = [[[0, 1, 2]], [[2, 1, 0]], [[1, 2, 0, 1, 2]], [[2, 0, 2, 1]]];

export function exerciseClientRuns(make: MakeDatabase): void {
  describe('a flow run that a client drives', () => {
    it('is taken up by no process, is no orphan, and is in order', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const run = await startClientRun(world, here);
      await there.ledger.announce(['etl']);
      await world.expireLeases();
      expect(await there.ledger.claimable(['etl'], 10)).toEqual([]);
      expect((await there.ledger.claimById(run.id)).status).toBe('held');
      const stored = (await there.ledger.runs.flowRun(run.id)) ?? expect.unreachable();
      expect(stored).toMatchObject({ driver: 'client', sessionId: null, wakeAt: null, state: { type: 'RUNNING' } });
      expect((await there.ledger.runs.orphans([stored])).size).toBe(0);
      expect(await there.ledger.sweep()).toMatchObject({ crashed: [], cancelled: [] });
      expect(await verifyStore(there.store)).toEqual([]);
    });

    it('keeps what is amended while its states go on', async () => {
      await using world = new World(make);
      const { ledger } = await world.start();
      const run = await ledger.runs.enqueue(flowInit(world.ids(), { driver: 'client' }));
      const patch = { flowVersion: '2', tags: ['nightly'], details: { infrastructurePid: '42' } };
      expect(await ledger.runs.amend(run.id, patch)).toMatchObject(patch);
      await ledger.runs.propose(run.id, { state: running(world.clock.now()), by: 'api' });
      expect(await ledger.runs.flowRun(run.id)).toMatchObject({ ...patch, state: { type: 'RUNNING' } });
      await expect(ledger.runs.amend(world.ids(), patch)).rejects.toMatchObject({ name: 'RunNotFound' });
      await expect(ledger.runs.amendTask(world.ids(), { tags: [] })).rejects.toMatchObject({ name: 'RunNotFound' });
    });

    it('is amended under the process that owns it, which goes on with what is amended', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const execution = await startFlow(world, here);
      const { id } = execution.flowRun ?? expect.unreachable();
      await there.ledger.runs.amend(id, { tags: ['late'], details: { labels: { team: 'a' } } });
      expect((await finishFlow(world, execution)).status).toBe('ACCEPT');
      expect(await there.ledger.runs.flowRun(id)).toMatchObject({
        ...{ tags: ['late'], details: { labels: { team: 'a' } } },
        state: { type: 'COMPLETED' },
      });
      expect(execution.flowRun).toMatchObject({ tags: ['late'] });
    });

    it('is asked to cancel while it runs, because its client can answer', async () => {
      await using world = new World(make);
      const here = await world.start();
      const { ledger } = here;
      const started = await startClientRun(world, here);
      const cancel = { state: cancelling(world.clock.now()), by: 'api' } as const;
      expect((await ledger.runs.propose(started.id, cancel)).status).toBe('ACCEPT');
      expect((await ledger.runs.flowRun(started.id))?.state.type).toBe('CANCELLING');
    });

    it('starts once: the second of two is stopped', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const run = await here.ledger.runs.enqueue(flowInit(world.ids(), { driver: 'client' }));
      const start = { state: running(world.clock.now()), by: 'api' } as const;
      const verdicts = await Promise.all([here, there].map(({ ledger }) => ledger.runs.propose(run.id, start)));
      expect(verdicts.map(({ status }) => status).sort()).toEqual(['ABORT', 'ACCEPT']);
    });

    it('has one winner of two ends; only force changes the end', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const run = await startClientRun(world, here);
      const now = world.clock.now();
      const verdicts = await Promise.all([
        here.ledger.runs.propose(run.id, { state: completed(now), by: 'api' }),
        there.ledger.runs.propose(run.id, { state: failed(now, { message: 'boom' }), by: 'api' }),
      ]);
      expect(verdicts.map(({ status }) => status).sort()).toEqual(['ABORT', 'ACCEPT']);
      const forced = await here.ledger.runs.propose(run.id, { state: running(now), by: 'api', force: true });
      expect(forced).toMatchObject({ status: 'ACCEPT', changes: { state: { details: { forced: true } } } });
      expect(await verifyStore(here.store)).toEqual([]);
    });

    it('is not suspended without a deployment that could start it again', async () => {
      await using world = new World(make);
      const here = await world.start();
      const run = await startClientRun(world, here);
      const verdict = await here.ledger.runs.propose(run.id, { state: suspended(world.clock.now()), by: 'api' });
      expect(verdict).toMatchObject({ status: 'ABORT', rule: 'reschedule-only-deployed' });
    });
  });

  describe('a run of this engine that is forced into a state', () => {
    it('is taken from the process that held it', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const execution = await startFlow(world, here);
      const id = execution.flowRun?.id ?? expect.unreachable();
      const state = pending(world.clock.now());
      expect((await there.ledger.runs.propose(id, { state, by: 'api', force: true })).status).toBe('ACCEPT');
      await expect(execution.proposeFlow({ state: completed(world.clock.now()), by: 'engine' })).rejects.toMatchObject({
        code: 'StaleExecution',
      });
    });
  });

  describe('reported states of a task run', () => {
    it.each(orders)('give the same row in the order %j', async (order) => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const flowRun = await startClientRun(world, here);
      const reports = threeReports(flowRun);
      for (const [turn, index] of order.entries()) {
        const { ledger } = turn % 2 === 0 ? here : there;
        await ledger.runs.report([reports[index] ?? expect.unreachable()]);
      }
      expect(await taskOf(here)).toMatchObject({
        state: { type: 'COMPLETED', data: { type: 'reference', size: 3 }, id: reports[2]?.state.id },
        history: [{ type: 'PENDING' }, { type: 'RUNNING' }],
        runCount: 1,
        runTimeMs: 2,
        endAt: flowRun.createdAt + 2,
        tags: ['nightly'],
        details: { labels: { team: 'data' } },
      });
      const [first] = reports;
      const found = await here.store.read(({ reportedStates }) => reportedStates.get(first?.state.id ?? ''));
      expect(found).toMatchObject({ runId: clientTaskId, runKind: 'task' });
      expect(await verifyStore(here.store)).toEqual([]);
    });

    it('are none of them lost when two processes report at once', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const flowRun = await startClientRun(world, here);
      const reports = threeReports(flowRun);
      const sent = [...reports, ...reports].map((one, index) =>
        (index % 2 === 0 ? here : there).ledger.runs.report([one]),
      );
      await Promise.all(sent);
      const stored = await taskOf(here);
      expect(stored?.state.type).toBe('COMPLETED');
      expect(stored?.history.map(({ type }) => type)).toEqual(['PENDING', 'RUNNING']);
    });

    it('say whether each was known, older or the newest', async () => {
      await using world = new World(make);
      const here = await world.start();
      const { ledger } = here;
      const flowRun = await startClientRun(world, here);
      const [made, started, ended] = threeReports(flowRun);
      if (made === undefined || started === undefined || ended === undefined) return expect.unreachable();
      expect(await ledger.runs.report([started, made, started, ended])).toEqual(['newest', 'older', 'known', 'newest']);
      expect(await ledger.runs.report([ended])).toEqual(['known']);
    });

    it('are refused for a run of this engine', async () => {
      await using world = new World(make);
      const here = await world.start();
      const execution = await startFlow(world, here);
      const flowRun = execution.flowRun ?? expect.unreachable();
      expect(await here.ledger.runs.report([report(flowRun, running(world.clock.now()), 1)])).toEqual(['refused']);
      expect(await taskOf(here)).toBeUndefined();
    });
  });

  describe('a task run that a client proposes states for', () => {
    it('goes by the rules, with its retries in its row', async () => {
      await using world = new World(make);
      const here = await world.start();
      const { ledger, store } = here;
      const flowRun = await startClientRun(world, here);
      await ledger.runs.report([report(flowRun, pending(flowRun.createdAt), 0)]);
      const propose = (state: State) => ledger.runs.proposeTask(clientTaskId, { state, by: 'api' });
      expect((await propose(running(world.clock.now()))).status).toBe('ACCEPT');
      expect((await propose(running(world.clock.now()))).status).toBe('ACCEPT');
      const retried = await propose(failed(world.clock.now(), { message: 'boom' }));
      expect(retried).toMatchObject({ status: 'REJECT', changes: { state: { name: 'AwaitingRetry' } } });
      expect((await propose(completed(world.clock.now()))).status).toBe('ACCEPT');
      expect((await propose(failed(world.clock.now()))).status).toBe('ABORT');
      const stored = await ledger.runs.taskRun(clientTaskId);
      const ids = [...(stored?.history ?? []), stored?.state].map((state) => state?.id);
      expect(new Set(ids).size).toBe(5);
      for (const id of ids) {
        const found = await store.read(({ reportedStates }) => reportedStates.get(id ?? ''));
        expect(found?.runId).toBe(clientTaskId);
      }
    });

    it('takes a slot of its tag, and gives it back when it ends', async () => {
      await using world = new World(make);
      const here = await world.start();
      const { ledger } = here;
      await ledger.limits.set({ name: 'tag:nightly', limit: 1 });
      const flowRun = await startClientRun(world, here);
      await ledger.runs.report([report(flowRun, pending(flowRun.createdAt), 0)]);
      const propose = (state: State) => ledger.runs.proposeTask(clientTaskId, { state, by: 'api' });
      await propose(running(world.clock.now()));
      expect((await ledger.limits.get('tag:nightly'))?.occupied).toBe(1);
      await propose(completed(world.clock.now()));
      expect((await ledger.limits.get('tag:nightly'))?.occupied).toBe(0);
    });

    it('is refused where a process of this engine runs it', async () => {
      await using world = new World(make);
      const here = await world.start();
      const execution = await startFlow(world, here);
      const task = startTask(world, execution);
      await execution.committed();
      const proposal = { state: completed(world.clock.now()), by: 'api' } as const;
      expect((await here.ledger.runs.proposeTask(task.id, proposal)).status).toBe('ABORT');
    });
  });

  describe('task runs that a client left open', () => {
    it('are ended some time after their flow run, and give way to a report that comes late', async () => {
      await using world = new World(make);
      const here = await world.start();
      const { ledger, store } = here;
      const flowRun = await startClientRun(world, here);
      const [made, started, ended] = threeReports(flowRun);
      if (made === undefined || started === undefined || ended === undefined) return expect.unreachable();
      await ledger.runs.report([made, started]);
      await ledger.runs.propose(flowRun.id, { state: completed(world.clock.now()), by: 'api' });
      expect((await ledger.runs.taskRun(clientTaskId))?.state.type).toBe('RUNNING');
      expect(await ledger.runs.reconcile(60_000)).toEqual([]);
      await world.database.advance(60_001);
      expect(await ledger.runs.reconcile(60_000)).toEqual([clientTaskId]);
      expect(await ledger.runs.reconcile(60_000)).toEqual([]);
      expect((await ledger.runs.taskRun(clientTaskId))?.state).toMatchObject({ type: 'CANCELLED' });
      expect(await ledger.runs.report([ended])).toEqual(['newest']);
      const stored = await ledger.runs.taskRun(clientTaskId);
      expect(stored).toMatchObject({ state: { type: 'COMPLETED' }, endAt: ended.state.at, runTimeMs: 2 });
      expect(stored?.history.map(({ type }) => type)).toEqual(['PENDING', 'RUNNING']);
      expect(await verifyStore(store)).toEqual([]);
    });
  });
}
