/** A map over a future that has not ended knows its length later; the scope waits for it, and no failure of it is silent. */
import { flow, task, UnobservedFailure, UpstreamError } from 'millrace';
import { expect, test } from 'vitest';
import { MemoryEngine } from '../laws/in-memory-engine.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const list = task('list', async () => {
  for (let count = 0; count < 20; count += 1) await turn();
  return [1, 2, 3];
});
const broken = task('broken', async (): Promise<number[]> => {
  await turn();
  throw new Error('no list');
});
const word = task('word', async () => {
  await turn();
  return 'abc' as unknown as number[];
});

/** Doubles, and remembers what it was called with. */
function doubling() {
  const seen: number[] = [];
  const double = task('double', async (n: number) => {
    seen.push(n);
    return n * 2;
  });
  return { seen, double };
}

test('that nobody awaits runs all the same, before its flow ends', async () => {
  await using memory = new MemoryEngine();
  const { seen, double } = doubling();
  await memory.run(() =>
    flow('outer', () => {
      double.map(list.submit());
    })(),
  );
  expect(seen.sort()).toEqual([1, 2, 3]);
  expect((await memory.taskRuns()).map(({ state }) => state.type)).toEqual(Array(4).fill('COMPLETED'));
});

test("of another scope's run holds the scope that it was made in", async () => {
  await using memory = new MemoryEngine();
  const { seen, double } = doubling();
  const inner = task('inner', (given: { readonly future: () => PromiseLike<number[]> }) => {
    double.map(given.future() as never);
  });
  const value = await memory.run(() =>
    flow('outer', async () => {
      const future = list.submit();
      await inner({ future: () => future });
      return [...seen].sort();
    })(),
  );
  expect(value).toEqual([1, 2, 3]);
});

test('gives its values to whoever awaits it', async () => {
  await using memory = new MemoryEngine();
  const { double } = doubling();
  expect(await memory.run(() => flow('outer', async () => await double.map(list.submit()))())).toEqual([2, 4, 6]);
});

test('whose future fails is an UpstreamError to whoever awaits it, who has then seen both failures', async () => {
  await using memory = new MemoryEngine();
  const { double } = doubling();
  const caught = flow('outer', async () => {
    const error = await Promise.resolve(double.map(broken.submit())).catch((reason: unknown) => reason);
    return [error instanceof UpstreamError, (error as Error).cause instanceof Error];
  });
  expect(await memory.run(() => caught())).toEqual([true, true]);
});

test.each([
  ['fails', broken],
  ['gives nothing to iterate', word],
])('whose future %s fails its flow, when nobody looks', async (_what, source) => {
  await using memory = new MemoryEngine();
  const { seen, double } = doubling();
  const outer = flow('outer', () => {
    double.map(source.submit());
  });
  await expect(memory.run(() => outer())).rejects.toThrow(UnobservedFailure);
  expect(seen).toEqual([]);
});

test('begins nothing after its body has failed', async () => {
  await using memory = new MemoryEngine();
  const { seen, double } = doubling();
  const outer = flow('outer', () => {
    double.map(list.submit());
    throw new Error('the body');
  });
  await expect(memory.run(() => outer())).rejects.toThrow('the body');
  expect(seen).toEqual([]);
});
