/** Conformance suite of executions: an execution records runs, and shows nothing before it is durable. */
import {
  cancelled,
  completed,
  crashed,
  failed,
  type FlowRunRecord,
  type Move,
  pending,
  running,
  StateName,
  type TaskRunRecord,
} from '@millrace/kernel';
import { describe, expect, it } from 'vitest';
import {
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

export function exerciseExecutions(make: MakeDatabase): void {
  describe('an execution', () => {
    it('records a flow run and its tasks with states, times and outcomes', async () => {
      await using world = new World(make);
      const here = await world.start();
      const there = await world.start();
      const execution = await startFlow(world, here);
      const task = runTask(world, execution);
      await execution.committed();
      const verdict = await finishFlow(world, execution);
      execution.release();
      const run = flowRunOf(execution);
      expect(verdict.status).toBe('ACCEPT');
      const stored = await there.ledger.runs.flowRun(run.id);
      expect(stored).toMatchObject({
        state: { type: 'COMPLETED' },
        runCount: 1,
        outcome: '"value"',
        sessionId: null,
        wakeAt: null,
      });
      expect(stored?.history.map((state) => state.type)).toEqual(['PENDING', 'RUNNING']);
      const storedTask = await there.ledger.runs.taskRun(task.id);
      expect(storedTask).toMatchObject({
        state: { type: 'COMPLETED' },
        outcome: '"done"',
        runCount: 1,
        flowRunCount: 1,
      });
      expect(storedTask?.endAt).not.toBeNull();
    });

    it('finds runs by the beginning of their id, and says when it is not enough', async () => {
      await using world = new World(make);
      const { ledger } = await world.start();
      const execution = await startFlow(world, { ledger });
      const other = await startFlow(world, { ledger });
      const { id } = flowRunOf(execution);
      expect((await ledger.runs.flowRun(id))?.id).toBe(id);
      expect(await ledger.runs.flowRun('ffff')).toBeUndefined();
      await expect(ledger.runs.flowRun(id.slice(0, 2))).rejects.toMatchObject({ code: 'ConfigurationError' });
      await finishFlow(world, execution);
      await finishFlow(world, other);
    });

    it('retries a task by the policy that comes with its failure', async () => {
      await using world = new World(make);
      const here = await world.start();
      const execution = await startFlow(world, here);
      const record = startTask(world, execution);
      const proposal = {
        state: failed(world.clock.now(), { message: 'boom' }),
        by: 'engine',
        policy: { ...policy, retries: 1 },
      } as const;
      expect(execution.proposeTask(record, proposal, '"error"')).toMatchObject({
        status: 'REJECT',
        reason: 'Retrying',
      });
      expect(record).toMatchObject({ state: { name: 'AwaitingRetry' }, outcome: null });
      expect(execution.proposeTask(record, { state: running(world.clock.now()), by: 'engine' }).status).toBe('ACCEPT');
      expect(record).toMatchObject({ state: { name: 'Retrying' }, runCount: 2, wakeAt: null });
      expect(execution.proposeTask(record, proposal, '"error"').status).toBe('ACCEPT');
      await execution.committed();
      const stored = await here.ledger.runs.taskRun(record.id);
      expect(stored).toMatchObject({ state: { type: 'FAILED' }, outcome: '"error"', runCount: 2 });
      await finishFlow(world, execution);
    });

    it('retries a flow and reads its children again before it does', async () => {
      await using world = new World(make);
      const here = await world.start();
      const execution = await startFlow(world, here, { policy: { ...policy, retries: 1 } });
      const done = runTask(world, execution, { replayKey: 'done' });
      const failing = startTask(world, execution, { replayKey: 'failing' });
      execution.proposeTask(failing, { state: failed(world.clock.now()), by: 'engine' }, '"boom"');
      await execution.committed();
      const verdict = await execution.proposeFlow({
        state: failed(world.clock.now(), { message: 'boom' }),
        by: 'engine',
      });
      expect(verdict).toMatchObject({ status: 'REJECT', changes: { state: { name: 'AwaitingRetry' } } });
      await execution.reread();
      expect(execution.recorded.size).toBe(2);
      const recorded = execution.recorded.task('done') as TaskRunRecord;
      expect(recorded.id).toBe(done.id);
      expect(await execution.outcome(recorded)).toBe('"done"');
      execution.queueFlow({ state: running(world.clock.now()), by: 'engine' });
      const again = execution.recorded.task('failing') as TaskRunRecord;
      const move = { state: running(world.clock.now()), by: 'engine', move: 'retry' } as const;
      expect(execution.proposeTask(again, move)).toMatchObject({
        status: 'ACCEPT',
        changes: { state: { name: 'Retrying' } },
      });
      execution.proposeTask(again, { state: completed(world.clock.now()), by: 'engine' }, '"second"');
      await finishFlow(world, execution);
      expect(await here.ledger.runs.taskRun(again.id)).toMatchObject({
        outcome: '"second"',
        flowRunCount: 2,
        runCount: 2,
      });
      expect(flowRunOf(execution)).toMatchObject({ runCount: 2, divergence: [] });
    });

    it('finds what completed below a run that it found completed, in flows and tasks, and nothing else', async () => {
      await using world = new World(make);
      const here = await world.start();
      const execution = await startFlow(world, here, { policy: { ...policy, retries: 1 } });
      const { id } = flowRunOf(execution);
      const around = startTask(world, execution, { replayKey: 'around' });
      const within = runTask(world, execution, { replayKey: 'within', parentTaskRunId: around.id });
      startTask(world, execution, { replayKey: 'open', parentTaskRunId: around.id });
      runTask(world, execution, { replayKey: 'beside' });
      const below = { parentFlowRunId: id, parentTaskRunId: within.id, rootFlowRunId: id, replayKey: 'child' };
      const child = await startFlow(world, here, below);
      const deep = runTask(world, child);
      await finishFlow(world, child);
      child.release();
      execution.proposeTask(around, { state: completed(world.clock.now()), by: 'engine' });
      await execution.proposeFlow({ state: failed(world.clock.now()), by: 'engine' });
      await execution.reread();
      const found = await execution.completedBelow(execution.recorded.task('around') as TaskRunRecord);
      expect(found.map((run) => run.id).sort()).toEqual([within.id, deep.id, flowRunOf(child).id].sort());
      const flow = execution.recorded.flow('child') as FlowRunRecord;
      expect((await execution.completedBelow(flow)).map((run) => run.id)).toEqual([deep.id]);
      expect(await execution.completedBelow(execution.recorded.task('beside') as TaskRunRecord)).toEqual([]);
    });

    it('takes a completed child up again once what it did was rolled back', async () => {
      await using world = new World(make);
      const here = await world.start();
      const parent = await startFlow(world, here);
      const { id } = flowRunOf(parent);
      const child = await startFlow(world, here, { parentFlowRunId: id, rootFlowRunId: id, replayKey: 'child' });
      const task = runTask(world, child, { replayKey: 'done' });
      await finishFlow(world, child);
      child.release();
      const childId = flowRunOf(child).id;
      expect((await here.ledger.claimById(childId, 'recompute')).status).toBe('ended');
      const state = completed(world.clock.now(), { name: StateName.RolledBack });
      await here.ledger.runs.propose(childId, { state, by: 'engine', move: 'rollback' });
      // Its tasks are written under the token that they had, by the execution that rolls them back.
      child.proposeTask(task, { state, by: 'engine', move: 'rollback' });
      await child.committed();
      expect(await here.ledger.runs.flowRun(childId)).toMatchObject({ state: { name: 'RolledBack' }, outcome: null });
      const again = claimed(await here.ledger.claimById(childId, 'recompute'));
      expect(flowRunOf(again)).toMatchObject({ state: { type: 'PENDING' }, endAt: null });
      expect(again.recorded.task('done')?.state.name).toBe('RolledBack');
      again.queueFlow({ state: running(world.clock.now()), by: 'engine' });
      await finishFlow(world, again);
      await finishFlow(world, parent);
    });

    it('writes a task again that an earlier one completed, and keeps the outcome that was not read', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const first = await startFlow(world, here);
      runTask(world, first, { replayKey: 'fetch' }, '"kept"');
      await first.committed();
      world.kill(here);
      const second = claimed(await there.ledger.claimById(flowRunOf(first).id, 'recover'));
      const task = second.recorded.task('fetch') ?? expect.unreachable();
      task.cacheKey = 'key';
      second.touch(task);
      await second.committed();
      expect(await there.ledger.runs.taskRun(task.id)).toMatchObject({ cacheKey: 'key', outcome: '"kept"' });
    });

    it('resolves committed() only once the rows can be read by others', async () => {
      await using world = new World(make);
      const here = await world.start();
      const there = await world.start();
      const execution = here.ledger.beginFlowRun(flowInit(world.ids()));
      execution.queueFlow({ state: running(world.clock.now()), by: 'engine' });
      const records = Array.from({ length: 500 }, () => runTask(world, execution));
      await execution.committed();
      const counts = await there.ledger.runs.countTaskRuns({ flowRunId: flowRunOf(execution).id });
      expect(counts).toEqual([{ taskKey: 'fetch', type: 'COMPLETED', name: 'Completed', count: records.length }]);
      await finishFlow(world, execution);
    });

    it('keeps lines of log in order with the states', async () => {
      await using world = new World(make);
      const { ledger } = await world.start();
      const execution = await startFlow(world, { ledger });
      const { id } = flowRunOf(execution);
      const line = (message: string) => ({
        flowRunId: id,
        taskRunId: null,
        level: 20,
        logger: 'millrace',
        message,
        at: world.clock.now(),
      });
      execution.log([line('one'), line('two')]);
      execution.log([line('three')]);
      await execution.committed();
      expect((await ledger.runs.logs({ flowRunId: id })).map(({ message }) => message)).toEqual([
        'one',
        'two',
        'three',
      ]);
      await finishFlow(world, execution);
    });

    it('records a task outside any flow', async () => {
      await using world = new World(make);
      const { ledger } = await world.start();
      const execution = ledger.beginStandalone();
      const record = runTask(world, execution);
      await execution.committed();
      expect(await ledger.runs.taskRun(record.id)).toMatchObject({
        flowRunId: null,
        state: { type: 'COMPLETED' },
        outcome: '"done"',
      });
    });

    it('ends a task outside any flow whose process died, and tells that process should it come back', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const execution = here.ledger.beginStandalone();
      const record = startTask(world, execution);
      await execution.committed();
      expect((await there.ledger.sweep()).crashedTaskRuns).toEqual([]);
      world.kill(here);
      expect((await there.ledger.sweep()).crashedTaskRuns).toEqual([record.id]);
      expect((await there.ledger.sweep()).crashedTaskRuns).toEqual([]);
      expect(await there.ledger.runs.taskRun(record.id)).toMatchObject({ state: { type: 'CRASHED' }, sessionId: null });
      const lost = interrupted(execution);
      execution.proposeTask(record, { state: completed(world.clock.now()), by: 'engine' }, '"late"');
      await expect(execution.committed()).rejects.toMatchObject({ code: 'StaleExecution' });
      expect(await lost).toMatchObject({ kind: 'lost' });
      expect(await there.ledger.runs.taskRun(record.id)).toMatchObject({ state: { type: 'CRASHED' }, outcome: null });
    });

    it('keeps its session alive while a task outside any flow runs, and no longer', async () => {
      await using world = new World(make);
      const { ledger, store } = await world.start({ heartbeatMs: 20 });
      const execution = ledger.beginStandalone();
      const record = startTask(world, execution);
      await execution.committed();
      const expiry = async () => (await store.read(({ sessions }) => sessions.live()))[0]?.expiresAt ?? 0;
      const first = await expiry();
      await expect.poll(expiry).toBeGreaterThan(first);
      execution.proposeTask(record, { state: completed(world.clock.now()), by: 'engine' });
      await execution.committed();
      await store.flush();
      const last = await expiry();
      await new Promise((resolve) => world.clock.setTimer(60, () => resolve(undefined)));
      expect(await expiry()).toBe(last);
    });

    it('has its retries again for a task that was retried by hand, also when its worker dies', async () => {
      await using world = new World(make);
      const execution = await startFlow(world, await world.start());
      const retries = { ...policy, retries: 1 };
      for (const end of [failed, crashed]) {
        const task = startTask(world, execution);
        const fails = () =>
          execution.proposeTask(task, { state: end(world.clock.now()), by: 'engine', policy: retries }).status;
        const starts = (move?: Move) =>
          execution.proposeTask(task, {
            state: running(world.clock.now()),
            by: 'engine',
            ...(move === undefined ? {} : { move }),
          });
        expect(fails()).toBe('REJECT');
        starts();
        expect(fails()).toBe('ACCEPT');
        starts('retry');
        expect(fails()).toBe('REJECT');
        expect(task.state.name).toBe('AwaitingRetry');
      }
    });

    it('starts no task once its flow is being cancelled, and lets the cancelled ones end', async () => {
      await using world = new World(make);
      const here = await world.start();
      const execution = await startFlow(world, here);
      const record = startTask(world, execution);
      execution.queueFlow({
        state: { ...pending(world.clock.now()), type: 'CANCELLING', name: 'Cancelling' },
        by: 'engine',
      });
      const late = execution.beginTaskRun(taskInit(world.ids()));
      expect(execution.proposeTask(late, { state: running(world.clock.now()), by: 'engine' }).status).toBe('ABORT');
      for (const task of [record, late]) {
        expect(execution.proposeTask(task, { state: cancelled(world.clock.now()), by: 'engine' }).status).toBe(
          'ACCEPT',
        );
      }
      expect((await execution.proposeFlow({ state: completed(world.clock.now()), by: 'engine' })).status).toBe(
        'REJECT',
      );
      expect((await execution.proposeFlow({ state: cancelled(world.clock.now()), by: 'engine' })).status).toBe(
        'ACCEPT',
      );
    });
  });
}
