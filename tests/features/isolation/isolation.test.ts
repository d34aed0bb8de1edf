/** Bodies in worker threads and processes: found by name in the module that defined them, killed when they overrun. */
import { threadId } from 'node:worker_threads';
import { flow, processes, step, threads } from 'millrace';
import { RunCrashed, RunTimedOut } from 'millrace';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';
import { Home } from '../../seed/run-program.ts';
import { counting, dying, failing, spin, starting, where, whoami } from './programs/isolated-tasks.ts';

describe('isolation', () => {
  test('a thread is another thread of this process, a process another process', async () => {
    await using memory = new MemoryEngine();
    await memory.run(async () => {
      const thread = await where.with({ isolate: 'thread' })(1);
      expect(thread.pid).toBe(process.pid);
      expect(thread.threadId).toBeGreaterThan(0);
      const child = await where.with({ isolate: 'process' })(2);
      expect(child.pid).not.toBe(process.pid);
      expect(child.n).toBe(2);
    });
  });

  test('the runners put every task of a flow there', async () => {
    await using memory = new MemoryEngine();
    const outer = flow({ name: 'outer', runner: threads({ size: 2 }) }, async () => await where.map([1, 2, 3, 4]));
    const locations = await memory.run(() => outer());
    expect(locations.map((location) => location.n)).toEqual([1, 2, 3, 4]);
    expect(new Set(locations.map((location) => location.threadId)).size).toBeLessThanOrEqual(2);
    const forked = flow({ name: 'forked', runner: processes({ size: 1 }) }, async () => await where(1));
    expect((await memory.run(() => forked())).pid).not.toBe(process.pid);
  });

  test('a step runs where it is written, whatever the runner', async () => {
    await using memory = new MemoryEngine();
    const outer = flow({ name: 'outer', runner: threads({ size: 1 }) }, async () => await step('here', () => threadId));
    expect(await memory.run(() => outer())).toBe(threadId);
  });

  test('a generator gives its items from there', async () => {
    await using memory = new MemoryEngine();
    const outer = flow({ name: 'outer', runner: threads({ size: 1 }) }, async () => {
      const seen: number[] = [];
      for await (const item of counting(3)) seen.push(item);
      return seen;
    });
    expect(await memory.run(() => outer())).toEqual([0, 1, 2]);
  });

  test.each(['thread', 'process'] as const)('a %s that spins past its timeout is killed', async (isolate) => {
    await using memory = new MemoryEngine();
    // It spins for longer than this test may take: only a kill ends it.
    await expect(memory.run(() => spin.with({ isolate, timeout: 1_000 })(600_000))).rejects.toBeInstanceOf(RunTimedOut);
    expect((await memory.taskRuns())[0]?.state.name).toBe('TimedOut');
  });

  test('the wait for a worker counts for no timeout', async () => {
    await using memory = new MemoryEngine();
    const isolated = spin.with({ isolate: 'thread', timeout: 2_500 });
    const all = flow('all', async () => await isolated.map([900, 900, 900, 900, 900, 900]));
    expect(new Set(await memory.run(() => all()))).toEqual(new Set(['spun']));
  });

  test('a call that is cancelled while it waits for a worker ends at once', async () => {
    await using memory = new MemoryEngine({ cancelGraceMs: 60_000 });
    await memory.run(async () => {
      const isolated = spin.with({ isolate: 'thread', timeout: 60_000 });
      const busy = [isolated.submit(60_000), isolated.submit(60_001)];
      const queued = isolated.submit(60_002);
      await vi.waitFor(async () => expect(await memory.taskRuns()).toHaveLength(3));
      queued.cancel();
      expect((await queued.wait()).name).toBe('Cancelled');
      for (const run of busy) run.cancel();
      for (const run of busy) expect((await run.wait()).name).toBe('Cancelled');
    });
  });

  test('errors come back as they were', async () => {
    await using memory = new MemoryEngine();
    const error: unknown = await memory
      .run(() => failing.with({ isolate: 'thread' })())
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RangeError);
    expect((error as RangeError).cause).toBeInstanceOf(TypeError);
  });

  test('a process that dies fails its task and no other', async () => {
    await using memory = new MemoryEngine();
    await expect(memory.run(() => dying.with({ isolate: 'process' })())).rejects.toBeInstanceOf(RunCrashed);
    expect(await memory.run(async () => (await where.with({ isolate: 'process' })(3)).n)).toBe(3);
  });

  test('context and logger work there; starting an outermost run is refused by name', async () => {
    await using memory = new MemoryEngine();
    const outer = flow('outer', async () => await whoami.with({ isolate: 'thread' })());
    expect(await memory.run(() => outer())).toEqual(['outer', 'whoami', 1]);
    const [run] = await memory.flowRuns();
    const { runs } = await memory.engine.ledger();
    expect((await runs.logs({ flowRunId: run?.id ?? '' })).map((line) => line.message)).toEqual(['from the worker']);
    await expect(memory.run(() => starting.with({ isolate: 'thread' })())).rejects.toThrow(
      /can't be started on its own/,
    );
  });

  test('a script that runs its flow at the end is imported by its workers without running it again', async () => {
    using home = new Home();
    const finished = await home.run(join(import.meta.dirname, 'programs/isolated-tasks.ts'), {
      env: { RUN_ISOLATED_MAIN: '1' },
    });
    expect(finished).toMatchObject({ code: 0, stdout: 'main true\n', stderr: '' });
  });
});
