/** Law 1. A run reaches a terminal state only when all that it started is terminal and durable. Nothing dangles. */
import { setImmediate as turn } from 'node:timers/promises';
import { flow, race, RunFuture, scope, task } from '@millrace/engine';
import { RunCancelled, RunTimedOut, UnobservedFailure } from '@millrace/kernel';
import { describe, expect, test } from 'vitest';
import { MemoryEngine } from './in-memory-engine.ts';

const gate = (): { promise: Promise<void>; open: () => void } => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, open: resolve };
};

describe('law 1: scope', () => {
  test('a flow whose body has returned waits for what it started', async () => {
    await using memory = new MemoryEngine();
    const { promise, open } = gate();
    let ended = false;
    const slow = task('slow', async () => {
      await promise;
      ended = true;
    });
    const outer = flow('outer', () => {
      slow.submit();
      queueMicrotask(open);
    });
    await memory.run(() => outer());
    expect(ended).toBe(true);
    expect((await memory.taskRuns()).map((run) => run.state.name)).toEqual(['Completed']);
  });

  test('five levels of flow, map, flow, with nothing awaited, all end before the outermost does', async () => {
    await using memory = new MemoryEngine();
    let leaves = 0;
    const level = (depth: number): ((n: number) => unknown) => {
      if (depth === 0) {
        return task('leaf', async () => {
          await turn();
          leaves += 1;
        }) as (n: number) => unknown;
      }
      const below = level(depth - 1);
      const mapped = task(`map-${depth}`, async (n: number) => {
        below(n);
      });
      return flow(`level-${depth}`, () => {
        mapped.map([1, 2]);
      }) as (n: number) => unknown;
    };
    await memory.run(() => level(5)(0));
    expect(leaves).toBe(32);
    const states = [...(await memory.flowRuns()), ...(await memory.taskRuns())].map((run) => run.state.name);
    expect(new Set(states)).toEqual(new Set(['Completed']));
  });

  test('a failing body cancels its other children and waits for them', async () => {
    await using memory = new MemoryEngine();
    let aborted = 0;
    let atWork = 0;
    const { promise: allAtWork, open } = gate();
    const watching = task('watching', async (_: number, { signal }: { signal: AbortSignal }) => {
      atWork += 1;
      if (atWork === 3) open();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      aborted += 1;
    });
    const failing = flow('failing', async () => {
      watching.map([1, 2, 3]);
      await allAtWork;
      throw new Error('boom');
    });
    await expect(memory.run(() => failing())).rejects.toThrow('boom');
    expect(aborted).toBe(3);
    expect((await memory.taskRuns()).map((run) => run.state.name)).toEqual(['Cancelled', 'Cancelled', 'Cancelled']);
    expect((await memory.flowRuns())[0]?.state.name).toBe('Failed');
  });

  test('a child that failed unobserved fails its flow and is named', async () => {
    await using memory = new MemoryEngine();
    const bad = task('bad', async () => {
      throw new TypeError('nobody looks');
    });
    const careless = flow('careless', async () => {
      bad.submit();
    });
    const error: unknown = await memory.run(() => careless()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnobservedFailure);
    expect((error as UnobservedFailure).cause).toBeInstanceOf(TypeError);
    expect((error as UnobservedFailure).details.runs).toEqual([expect.objectContaining({ message: 'nobody looks' })]);
  });

  test("unobserved: 'ignore' lets it pass, as Prefect does", async () => {
    await using memory = new MemoryEngine();
    const bad = task('bad', async () => {
      throw new Error('nobody looks');
    });
    const careless = flow({ name: 'careless', unobserved: 'ignore' }, async () => {
      bad.submit();
      return 1;
    });
    expect(await memory.run(() => careless())).toBe(1);
  });

  test('a body that ignores its abort is recorded Cancelled at its deadline, and what it does later is refused', async () => {
    await using memory = new MemoryEngine({ cancelGraceMs: 20 });
    const { promise, open } = gate();
    const started = gate();
    let late: unknown;
    const child = task('child', () => 1);
    const deaf = task('deaf', async () => {
      started.open();
      await promise;
      late = await Promise.resolve()
        .then(() => child())
        .catch((error: unknown) => error);
      return 'too late';
    });
    const outer = flow('outer', async () => {
      const future = deaf.submit();
      await started.promise;
      future.cancel('enough');
      return await future.wait();
    });
    const state = await memory.run(() => outer());
    expect(state.name).toBe('Cancelled');
    open();
    await expect.poll(() => late).toBeDefined();
    expect(late).toBeInstanceOf(RunCancelled);
    expect((await memory.taskRuns()).map((run) => run.state.name)).toEqual(['Cancelled']);
  });

  test('a timeout marks the run TimedOut though the body goes on', async () => {
    await using memory = new MemoryEngine();
    const { promise, open } = gate();
    const slow = task({ name: 'slow', timeout: 20 }, () => promise);
    await expect(memory.run(() => slow())).rejects.toBeInstanceOf(RunTimedOut);
    expect((await memory.taskRuns())[0]?.state.name).toBe('TimedOut');
    open();
  });

  test('scope() cancels the siblings of a failed child, and throws its error', async () => {
    await using memory = new MemoryEngine();
    const item = task('item', async (n: number, { signal }: { signal: AbortSignal }) => {
      if (n === 0) throw new Error('first');
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    const outer = flow('outer', async () => {
      await scope(async () => {
        item.map([0, 1, 2]);
      });
    });
    await expect(memory.run(() => outer())).rejects.toThrow('first');
    expect((await memory.taskRuns()).map((run) => run.state.name).sort()).toEqual(['Cancelled', 'Cancelled', 'Failed']);
  });

  test('race() keeps the first and cancels the rest', async () => {
    await using memory = new MemoryEngine();
    const racer = task('racer', async (n: number, { signal }: { signal: AbortSignal }) => {
      if (n > 0) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      return n;
    });
    const outer = flow('outer', async () => await race(racer.map([0, 1, 2])));
    expect(await memory.run(() => outer())).toBe(0);
    expect((await memory.taskRuns()).map((run) => run.state.name).sort()).toEqual([
      'Cancelled',
      'Cancelled',
      'Completed',
    ]);
  });

  test('the error that the caller gets is the very object that the code threw', async () => {
    await using memory = new MemoryEngine();
    const thrown = new RangeError('mine');
    const bad = task('bad', () => {
      throw thrown;
    });
    const outer = flow('outer', async () => await bad());
    expect(await memory.run(() => outer()).catch((error: unknown) => error)).toBe(thrown);
  });

  test('a call is a promise that can be kept, caught and finished', async () => {
    await using memory = new MemoryEngine();
    const one = task('one', () => 1);
    await memory.run(async () => {
      const call = one();
      expect(call).toBeInstanceOf(RunFuture);
      expect(await call.finally(() => {})).toBe(1);
      expect(await Promise.all([one(), one()])).toEqual([1, 1]);
    });
  });
});
