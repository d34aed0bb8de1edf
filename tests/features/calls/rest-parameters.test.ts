/** A rest parameter is one parameter: a list, where it is recorded, named, left out of a cache key and given anew. */
import { decodeValue } from '@millrace/kernel';
import { flow, inputs, rerun, task } from 'millrace';
import { expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

test('a rest parameter is recorded as a list, and a rerun spreads it', async () => {
  await using memory = new MemoryEngine();
  const rest = flow({ name: 'rest', runName: 'of {xs}' }, (first: string, ...xs: number[]) =>
    [first, xs.length, ...xs].join(' '),
  );
  expect(await memory.run(() => rest('a', 1, 2))).toBe('a 2 1 2');
  const [run] = await memory.flowRuns();
  expect(run?.name).toBe('of [1,2]');
  expect(decodeValue(run?.parameters ?? '')).toEqual({ first: 'a', xs: [1, 2] });
  const again = await memory.run(() => rerun(run?.id ?? ''));
  expect(await again.result()).toBe('a 2 1 2');
  const other = await memory.run(() => rerun(run?.id ?? '', { parameters: { first: 'b', xs: [5, 6, 7] } }));
  expect(await other.result()).toBe('b 3 5 6 7');
});

test('a cache key is made without all that a rest parameter takes', async () => {
  await using memory = new MemoryEngine();
  let calls = 0;
  const cached = task({ name: 'cached', cache: inputs().without('xs') }, (_first: string, ...xs: number[]) => {
    calls += 1;
    return xs.length;
  });
  await memory.run(() => flow('outer', async () => [await cached('a', 1), await cached('a', 2, 3)])());
  expect(calls).toBe(1);
});
