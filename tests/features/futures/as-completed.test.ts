/** `asCompleted()`: the futures of a map in the order in which they complete, wherever the map is made. */
import { flow, task, UnobservedFailure } from 'millrace';
import { testEngine } from 'millrace/testing';
import { describe, expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

const odd = new Error('odd');
/** Ends after so many ms. */
const after = task('after', async (ms: number) => {
  // sleep: the order in which they end is the test's subject
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ms;
});
const even = task({ name: 'even', runName: 'even-{n}' }, async (n: number) => {
  if (n % 2 === 1) throw odd;
  return n;
});

describe('asCompleted gives futures', () => {
  test('as they complete, in a flow and in a task', async () => {
    await using memory = new MemoryEngine();
    const values = async () => {
      const found: number[] = [];
      for await (const future of after.map([60, 1, 30]).asCompleted()) found.push(await future.result());
      return found;
    };
    expect(await memory.run(() => flow('outer', values)())).toEqual([1, 30, 60]);
    expect(await memory.run(() => task('outer', values)())).toEqual([1, 30, 60]);
  });

  test('with their names and states; a failure that was looked at is none of the flow', async () => {
    await using memory = new MemoryEngine();
    const outer = flow('outer', async () => {
      const found: Record<string, unknown> = {};
      for await (const future of even.map([0, 1, 2]).asCompleted())
        found[future.name] = [future.state.name, await future.result({ raise: false })];
      return found;
    });
    expect(await memory.run(() => outer())).toEqual({
      'even-0': ['Completed', 0],
      'even-1': ['Failed', odd],
      'even-2': ['Completed', 2],
    });
  });

  test('a failure that nobody looked at fails the flow', async () => {
    await using memory = new MemoryEngine();
    const names: string[] = [];
    const outer = flow('outer', async () => {
      for await (const future of even.map([0, 1]).asCompleted()) names.push(future.name);
    });
    await expect(memory.run(() => outer())).rejects.toThrow(UnobservedFailure);
    expect(names.sort()).toEqual(['even-0', 'even-1']);
  });

  test('of a map over futures, of flows, and of none', async () => {
    await using memory = new MemoryEngine();
    const child = flow('child', async (n: number) => n * 10);
    const numbers = task('numbers', () => [1, 2]);
    const outer = flow('outer', async () => {
      const found: number[] = [];
      for await (const future of child.map(numbers.submit()).asCompleted()) found.push(await future.result());
      for await (const future of even.map(even.map([2, 4])).asCompleted()) found.push(await future.result());
      for await (const future of even.map([]).asCompleted()) found.push(await future.result());
      return found.sort((left, right) => left - right);
    });
    expect(await memory.run(() => outer())).toEqual([2, 4, 10, 20]);
  });

  test('after a crash those that had completed come first, and none runs twice', async () => {
    await using engine = await testEngine();
    let calls = 0;
    const count = task('count', async (n: number) => {
      calls += 1;
      return n;
    });
    const last = task('last', () => 'last');
    const outer = flow('outer', async () => {
      const found: number[] = [];
      for await (const future of count.map([1, 2, 3]).asCompleted()) found.push(await future.result());
      return [found.sort(), await last()];
    });
    engine.crashAfter('last');
    const result = engine.run(() => outer());
    await engine.settle();
    await engine.restart();
    expect(await result).toEqual([[1, 2, 3], 'last']);
    expect(calls).toBe(3);
  });
});
