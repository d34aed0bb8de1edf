/** The arguments of `.map`: which it splits into elements, which go whole to every run; and no iterable takes all memory. */
import { flow, task, unmapped } from 'millrace';
import { expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

const add = task('add', (a: number, b: number) => a + b);
const same = task('same', (value: unknown) => value);

test('takes any typed array but bytes as its numbers, a Map as its entries, and generators', async () => {
  await using memory = new MemoryEngine();
  const values = await memory.run(() =>
    flow('outer', async () => [
      await add.map([10, 20], new Float64Array([1, 2])),
      await add.map(new Int16Array([1, 2]), new Uint8ClampedArray([3, 4])),
      await same.map(new BigInt64Array([1n])),
      await same.map(new Map([['a', 1]])),
      await add.map(
        (function* () {
          yield 1;
          yield 2;
        })(),
        new Set([5, 6]),
      ),
      await task('later', (a: number, b: number) => a * b).map(
        [2, 3],
        task('list', () => new Float32Array([4, 5])).submit() as never,
      ),
    ])(),
  );
  expect(values).toEqual([[11, 22], [4, 6], [1n], [['a', 1]], [6, 8], [8, 15]]);
});

test('gives bytes, and what is unmapped, whole to every run', async () => {
  await using memory = new MemoryEngine();
  const size = task('size', (n: number, list: { readonly length: number }) => n + list.length);
  const values = await memory.run(() =>
    flow('outer', async () => [
      await size.map([1, 2], new Uint8Array(3) as never),
      await size.map([1, 2], Buffer.from('abc') as never),
      await size.map([1, 2], unmapped(new Float64Array(3))),
    ])(),
  );
  expect(values).toEqual(Array(3).fill([4, 5]));
  await expect(memory.run(async () => await same.map(Buffer.from('abc') as never))).rejects.toMatchObject({
    code: 'MapMissingIterable',
  });
});

test('stops reading an iterable that does not end, closes it, and names the way out', async () => {
  await using memory = new MemoryEngine();
  let isClosed = false;
  function* naturals(): Generator<number> {
    try {
      for (let n = 0; ; n += 1) yield n;
    } finally {
      isClosed = true;
    }
  }
  const outcome = memory.run(() => flow('outer', async () => await same.map(naturals()))());
  await expect(outcome).rejects.toMatchObject({
    code: 'MapEndlessIterable',
    message: expect.stringMatching(/1000000 elements of value.*take\(1000\)/) as string,
  });
  expect(isClosed).toBe(true);
  expect(await memory.taskRuns()).toEqual([]);
});
