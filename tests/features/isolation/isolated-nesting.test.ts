/** Bodies in workers call tasks, flows and the engine's blocks as bodies in the process do: same records, same laws. */
import {
  concurrencyLimit,
  flow,
  NotTransferable,
  RunCancelled,
  RunCrashed,
  sendSignal,
  threads,
  processes,
  variable,
} from 'millrace';
import { describe, expect, test, vi } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';
import * as tasks from './programs/isolated-nesting.ts';

/** A process may take seconds to start on a busy machine. */
const workerStart = { timeout: 15_000 };

describe.each(['thread', 'process'] as const)('in a %s', (isolate) => {
  test('every form of a call gives what it gives elsewhere, and runs in the process that called', async () => {
    await using memory = new MemoryEngine();
    const outer = flow('outer', async () => await tasks.forms.with({ isolate })());
    const { here, there, ...rest } = await memory.run(() => outer());
    expect(there).toEqual({ pid: process.pid, threadId: 0 });
    expect(here).not.toEqual(there);
    expect(rest).toEqual({
      value: 42,
      flow: 11,
      submitted: 8,
      state: 16,
      list: [2, 4, 6],
      ofFutures: 12,
      length: 3,
      all: [2, 4, 6],
      completed: [10, 12],
      chained: 4,
      overFuture: [14, 16],
      options: 3,
    });
    const runs = await memory.taskRuns();
    const parent = runs.find((run) => run.taskKey === 'forms');
    expect(runs.filter((run) => run.taskKey === 'sum').map((run) => run.parentTaskRunId)).toEqual([parent?.id]);
    expect(runs.find((run) => run.taskKey === 'sum')?.inputs).toHaveLength(3);
  });

  test('a worker with something at work that was given up is not given to the next body', async () => {
    await using memory = new MemoryEngine();
    const runner = isolate === 'thread' ? threads({ size: 1 }) : processes({ size: 1 });
    const outer = flow({ name: 'outer', runner }, async () => {
      await tasks.leavesStray();
      return await tasks.double(2);
    });
    expect(await memory.run(() => outer())).toBe(4);
  });

  test('failures are the errors they are, and one that nobody saw fails the body', async () => {
    await using memory = new MemoryEngine();
    await memory.run(async () => {
      expect(await tasks.failures.with({ isolate })()).toEqual([
        'broken once',
        'broken twice',
        'FAILED Failed',
        'Failed',
      ]);
      await expect(tasks.passesOn.with({ isolate })()).rejects.toThrow(RangeError);
      await expect(tasks.unobserved.with({ isolate })()).rejects.toMatchObject({ code: 'UnobservedFailure' });
    });
  });

  test('steps, limits, scopes, transactions, variables, artifacts, sleep, tags and races work', async () => {
    await using memory = new MemoryEngine();
    await memory.run(() => concurrencyLimit.set('two', { limit: 2 }));
    const outer = flow('outer', async () => await tasks.blocks.with({ isolate })());
    expect(await memory.run(() => outer())).toEqual({
      stamped: 'stamp',
      limited: 2,
      scoped: 'as it is',
      keyed: 6,
      again: 6,
      variable: { eu: 1 },
      tagged: ['nightly'],
      winner: 100,
    });
    const [run] = await memory.flowRuns();
    const { runs, artifacts } = await memory.engine.ledger();
    const written = await artifacts.list({ flowRunId: run?.id ?? '' });
    const parent = (await memory.taskRuns()).find((one) => one.taskKey === 'blocks');
    expect(written.map((one) => [one.key, one.taskRunId])).toEqual([['report', parent?.id]]);
    expect((await runs.logs({ flowRunId: run?.id ?? '' })).map((line) => line.message)).toEqual(['after all']);
  });

  test('a scope that fails cancels its children; an error of the body’s own is the same object', async () => {
    await using memory = new MemoryEngine();
    expect(await memory.run(() => tasks.scopeFails.with({ isolate })())).toEqual([true, true]);
  });

  test('a signal is waited for, its schema asked in the worker', async () => {
    await using memory = new MemoryEngine();
    const outer = flow('outer', async () => await tasks.signalled.with({ isolate })());
    const result = memory.run(() => outer());
    await vi.waitFor(
      async () => expect((await memory.taskRuns()).some((run) => run.kind === 'signal')).toBe(true),
      workerStart,
    );
    const [run] = await memory.flowRuns();
    await memory.run(() => sendSignal(run?.id ?? '', 'go', 'no number'));
    await memory.run(() => sendSignal(run?.id ?? '', 'go', 41));
    expect(await result).toBe(42);
  });

  test('law 1: what the body left running is awaited, in the worker and out of it', async () => {
    await using memory = new MemoryEngine();
    expect(await memory.run(() => tasks.leaves.with({ isolate })())).toBe('left');
    const runs = await memory.taskRuns();
    expect(runs.map((run) => [run.taskKey, run.state.name]).toSorted()).toEqual([
      ['leaves', 'Completed'],
      ['left-step', 'Completed'],
      ['waits', 'Completed'],
    ]);
  });

  test('tasks made inside the body are called where they were made', async () => {
    await using memory = new MemoryEngine();
    expect(await memory.run(() => tasks.closures.with({ isolate })())).toEqual([3, 6]);
  });

  test('what can’t cross is named', async () => {
    await using memory = new MemoryEngine();
    await memory.run(async () => {
      await expect(tasks.badOption.with({ isolate })()).rejects.toThrow(/option\.retryWhen of task 'double'/);
      const refused = tasks.badArgument.with({ isolate })();
      await expect(refused).rejects.toBeInstanceOf(NotTransferable);
      await expect(refused).rejects.toThrow(/state\.name of task 'describe'/);
      await expect(tasks.badUnseen.with({ isolate })()).rejects.toBeInstanceOf(NotTransferable);
    });
  });

  test('a child is cancelled by its future, and with its parent', async () => {
    await using memory = new MemoryEngine();
    expect(await memory.run(() => tasks.cancels.with({ isolate })())).toBe('Cancelled');
    const leaving = memory.run(() => tasks.leaves.with({ isolate }).submit());
    await vi.waitFor(
      async () =>
        expect((await memory.taskRuns()).some((run) => run.taskKey === 'waits' && run.state.type === 'RUNNING')).toBe(
          true,
        ),
      workerStart,
    );
    leaving.cancel('stop');
    await expect(leaving).rejects.toBeInstanceOf(RunCancelled);
    expect((await memory.taskRuns()).every((run) => run.endAt !== null)).toBe(true);
  });
});

test.each(['thread', 'process'] as const)(
  'a generator in a %s gives its items as they come, and ends when nobody wants more',
  async (isolate) => {
    await using memory = new MemoryEngine();
    const outer = flow('outer', async () => {
      const items: number[] = [];
      for await (const item of tasks.yields.with({ isolate })()) {
        items.push(item);
        if (item === 1) await variable.set('seen', true);
      }
      for await (const item of tasks.endless.with({ isolate })()) if (item === 2) break;
      return items;
    });
    expect(await memory.run(() => outer())).toEqual([1, 2]);
    expect((await memory.taskRuns()).map((run) => run.state.name)).toEqual(['Completed', 'Completed', 'Completed']);
  },
);

test('a body that only waits is parked with its flow, its worker let go, and called again when it is due', async () => {
  await using memory = new MemoryEngine({ parkAfterMs: 50, idleTreesMax: 0 });
  const outer = flow('outer', async () => await tasks.naps.with({ isolate: 'thread' })());
  const [, thread] = await memory.run(() => outer());
  const [run] = await memory.flowRuns();
  expect(run?.history.map((state) => state.name)).toContain('Suspended');
  const runs = await memory.taskRuns();
  expect(runs.map((one) => [one.taskKey, one.runCount, one.state.name])).toEqual([
    ['naps', 1, 'Completed'],
    ['before', 1, 'Completed'],
    ['sleep', 1, 'Completed'],
  ]);
  expect(thread).toBeGreaterThan(0);
});

test.each(['thread', 'process'] as const)('logPrints records what a body prints in a %s, once', async (isolate) => {
  await using memory = new MemoryEngine();
  const outer = flow('outer', async () => await tasks.prints.with({ isolate })());
  await memory.run(() => outer());
  const [run] = await memory.flowRuns();
  const { runs } = await memory.engine.ledger();
  expect((await runs.logs({ flowRunId: run?.id ?? '' })).map((line) => line.message)).toEqual(['printed 1']);
});

test.each([
  ['RunTimedOut', { timeout: 2_000 }],
  ['RunCancelled', {}],
])('the signal there says why: %s', async (name, options) => {
  await using memory = new MemoryEngine();
  await memory.run(async () => {
    const future = tasks.reasons.with({ isolate: 'thread', ...options }).submit();
    await vi.waitFor(async () => expect(await variable.get('begun')).toBe(true), { timeout: 5_000 });
    if (name === 'RunCancelled') future.cancel('enough');
    await future.wait();
    expect(await variable.get('reason')).toBe(name);
  });
});

test.each([
  ['threads', threads({ size: 1 })],
  ['processes', processes({ size: 1 })],
])('law 6: %s of size 1 run tasks within tasks', async (_, runner) => {
  await using memory = new MemoryEngine();
  const outer = flow({ name: 'outer', runner }, async () => await tasks.nest.map([3, 3]));
  expect(await memory.run(() => outer())).toEqual([3, 3]);
});

test('a slot that a killed worker’s body held comes free', async () => {
  await using memory = new MemoryEngine();
  await memory.run(async () => {
    await concurrencyLimit.set('held', { limit: 1 });
    await expect(tasks.holds.with({ isolate: 'process' })()).rejects.toBeInstanceOf(RunCrashed);
    expect(await tasks.takes.with({ isolate: 'process' })()).toBe('taken');
  });
});
