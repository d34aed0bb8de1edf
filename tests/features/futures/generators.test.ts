/** Generators as tasks and flows: items as they come, the list as the value, recorded once and never made again. */
import { ConfigurationError, context, flow, inputs, sleep, task } from 'millrace';
import { testEngine } from 'millrace/testing';
import { describe, expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

/** A gate that a test opens. */
const gate = (): { readonly opened: Promise<void>; readonly open: () => void } => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
};

describe('a generator', () => {
  test('gives its list when it is awaited, as task and as flow, sync and async', async () => {
    await using memory = new MemoryEngine();
    const count = task('count', async function* (n: number) {
      for (let i = 0; i < n; i += 1) yield i;
    });
    const letters = flow('letters', function* (text: string) {
      yield* text;
    });
    const outer = flow('outer', async () => [await count(3), await letters('ab'), await count.map([1, 2])]);
    expect(await memory.run(() => outer())).toEqual([
      [0, 1, 2],
      ['a', 'b'],
      [[0], [0, 1]],
    ]);
  });

  test('gives each item as it comes, inside of a flow and outside', async () => {
    await using memory = new MemoryEngine();
    const seen: string[] = [];
    const read = async (): Promise<number[]> => {
      const gates = [gate(), gate()];
      const numbers = task('numbers', async function* () {
        yield 1;
        await gates[0]?.opened;
        yield 2;
        await gates[1]?.opened;
        yield 3;
      });
      const future = numbers.submit();
      for await (const item of future) {
        // Were items only given when the generator has ended, the gates would never open.
        seen.push(`${item} ${future.state.name}`);
        gates[item - 1]?.open();
      }
      return await future;
    };
    expect(await memory.run(read)).toEqual([1, 2, 3]);
    expect(await memory.run(() => flow('outer', read)())).toEqual([1, 2, 3]);
    // By the time that the last is seen, the run may have ended.
    const expected = ['1 Running', '2 Running', expect.stringMatching(/^3 /)];
    expect(seen).toEqual([...expected, ...expected]);
  });

  test('a call is iterated without being submitted, by several at once', async () => {
    await using memory = new MemoryEngine();
    const pages = flow('pages', async function* () {
      yield 'a';
      yield 'b';
    });
    const read = async (source: AsyncIterable<string>): Promise<string[]> => {
      const items: string[] = [];
      for await (const item of source) items.push(item);
      return items;
    };
    const outer = flow('outer', async () => {
      const call = pages();
      return await Promise.all([read(call), read(call), call]);
    });
    expect(await memory.run(() => outer())).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  test('the runs of a map are iterated each', async () => {
    await using memory = new MemoryEngine();
    const upTo = task('up-to', function* (n: number) {
      for (let i = 1; i <= n; i += 1) yield i;
    });
    const outer = flow('outer', async () => {
      const sums: number[] = [];
      for (const future of upTo.map([1, 2, 3])) {
        let sum = 0;
        for await (const item of future) sum += item;
        sums.push(sum);
      }
      return sums;
    });
    expect(await memory.run(() => outer())).toEqual([1, 3, 6]);
  });

  test('that fails gives the items before, then its error, and the run has failed', async () => {
    await using memory = new MemoryEngine();
    const broken = new Error('no third');
    const two = task('two', async function* () {
      yield 1;
      yield 2;
      throw broken;
    });
    const seen: unknown[] = [];
    const outer = flow('outer', async () => {
      try {
        for await (const item of two()) seen.push(item);
      } catch (error) {
        seen.push(error);
      }
    });
    await memory.run(() => outer());
    expect(seen).toEqual([1, 2, broken]);
    expect((await memory.taskRuns()).map((run) => run.state.name)).toEqual(['Failed']);
    expect((await memory.flowRuns()).map((run) => run.state.name)).toEqual(['Completed']);
  });

  test('that is tried again gives each position once', async () => {
    await using memory = new MemoryEngine();
    const flaky = task({ name: 'flaky', retries: 1 }, async function* () {
      const { attempt } = context();
      yield 'a';
      yield 'b';
      if (attempt === 1) throw new Error('again');
      yield 'c';
    });
    const seen: string[] = [];
    const list = await memory.run(() =>
      flow('outer', async () => {
        const future = flaky();
        for await (const item of future) seen.push(item);
        return await future;
      })(),
    );
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(list).toEqual(['a', 'b', 'c']);
  });

  test('whose loop is left ends at its next item, cleaned up and completed', async () => {
    await using memory = new MemoryEngine();
    let isCleanedUp = false;
    const endless = task('endless', async function* () {
      try {
        for (let i = 0; ; i += 1) yield i;
      } finally {
        isCleanedUp = true;
      }
    });
    const outer = flow('outer', async () => {
      for await (const item of endless()) if (item === 2) break;
    });
    await memory.run(() => outer());
    expect(isCleanedUp).toBe(true);
    expect((await memory.taskRuns()).map((run) => run.state.name)).toEqual(['Completed']);
  });

  test('yields futures as their values', async () => {
    await using memory = new MemoryEngine();
    const double = task('double', (n: number) => n * 2);
    const pairs = flow('pairs', async function* () {
      yield { one: double.submit(1), more: double.map([2, 3]) };
    });
    const outer = flow('outer', async () => {
      for await (const item of pairs()) return item;
      return null;
    });
    expect(await memory.run(() => outer())).toEqual({ one: 2, more: [4, 6] });
  });

  test('is cached as its list, but not when its loop was left', async () => {
    await using memory = new MemoryEngine();
    let calls = 0;
    const cached = task({ name: 'cached', cache: inputs() }, async function* (n: number) {
      calls += 1;
      for (let i = 0; i < n; i += 1) yield i;
    });
    const left = flow('left', async () => {
      for await (const _ of cached(5)) break;
    });
    const whole = flow('whole', async () => [await cached(5), await cached(5)]);
    await memory.run(() => left());
    expect(await memory.run(() => whole())).toEqual([
      [0, 1, 2, 3, 4],
      [0, 1, 2, 3, 4],
    ]);
    expect(calls).toBe(2);
  });

  test('is ended when its run is cancelled', async () => {
    await using memory = new MemoryEngine();
    const endless = task('endless', async function* () {
      for (let i = 0; ; i += 1) yield i;
    });
    const outer = flow('outer', async () => {
      const future = endless.submit();
      for await (const item of future) if (item === 1) future.cancel();
    });
    await expect(memory.run(() => outer())).rejects.toMatchObject({ code: 'RunCancelled' });
    expect((await memory.taskRuns()).map((run) => run.state.name)).toEqual(['Cancelled']);
  });

  test('what gives no list is told apart when somebody without types iterates it', async () => {
    await using memory = new MemoryEngine();
    const one = task('one', () => 1);
    const outer = flow('outer', async () => {
      for await (const _ of one() as unknown as AsyncIterable<number>) return;
    });
    await expect(memory.run(() => outer())).rejects.toBeInstanceOf(ConfigurationError);
  });
});

describe('a recorded generator', () => {
  test('is not run again after a crash: its list is iterated', async () => {
    await using engine = await testEngine();
    let calls = 0;
    const seen: number[] = [];
    const numbers = task('numbers', async function* () {
      calls += 1;
      yield 1;
      yield 2;
    });
    const after = task('after', (n: number) => n);
    const outer = flow('outer', async () => {
      for await (const item of numbers()) {
        seen.push(item);
        await after(item);
      }
      return seen.length;
    });
    engine.crashAfter({ task: 'after', occurrence: 2 });
    const result = engine.run(() => outer());
    await engine.settle();
    await engine.restart();
    expect(await result).toBe(4);
    expect([calls, seen]).toEqual([1, [1, 2, 1, 2]]);
  });

  test('is made again from the start when its process died half way', async () => {
    await using engine = await testEngine();
    let calls = 0;
    const step = task('step', (n: number) => n);
    const numbers = flow('numbers', async function* () {
      calls += 1;
      yield await step(1);
      yield await step(2);
    });
    const outer = flow('outer', async () => await numbers());
    engine.crashAfter('step');
    const result = engine.run(() => outer());
    await engine.settle();
    await engine.restart();
    expect(await result).toEqual([1, 2]);
    expect(calls).toBe(2);
  });

  test('goes on after it was parked, and so does who iterates it', async () => {
    await using engine = await testEngine();
    const daily = flow('daily', async function* () {
      yield 'monday';
      await sleep('1d');
      yield 'tuesday';
    });
    const outer = flow('outer', async () => {
      const seen: string[] = [];
      for await (const day of daily()) seen.push(day);
      return seen;
    });
    const result = engine.run(() => outer());
    await engine.advance('2d');
    expect(await result).toEqual(['monday', 'tuesday']);
  });
});
