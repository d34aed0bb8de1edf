/** A map over a future that has not ended knows its length later; the scope waits for it, and no failure of it is silent. */
import { allowFailure, flow, race, type State, task, UnobservedFailure, UpstreamError } from 'millrace';
import { expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

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

test('over a map that waits for its length, however many levels, and with others beside it', async () => {
  await using memory = new MemoryEngine();
  const { double } = doubling();
  const add = task('add', (a: number, b: number) => a + b);
  const value = await memory.run(() =>
    flow('outer', async () => {
      const lists = [
        double.map(double.map(double.map(list.submit()))),
        add.map(double.map(list.submit()), [10, 20, 30]),
      ];
      return await Promise.all(lists.map(async (values) => await values));
    })(),
  );
  expect(value).toEqual([
    [8, 16, 24],
    [12, 24, 36],
  ]);
});

test('over a map that waits for a future that fails is one run that says so', async () => {
  await using memory = new MemoryEngine();
  const { seen, double } = doubling();
  const error: unknown = await memory
    .run(() => flow('outer', async () => await double.map(double.map(broken.submit())))())
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UpstreamError);
  expect(seen).toEqual([]);
});

test('that waits for its length can be raced', async () => {
  await using memory = new MemoryEngine();
  const { double } = doubling();
  const value = await memory.run(() => flow('outer', async () => await race(double.map(list.submit())))());
  expect([2, 4, 6]).toContain(value);
});

test.each([false, true])('with allowFailure goes over the elements, each of them with its state', async (isPending) => {
  await using memory = new MemoryEngine();
  const odd = task('odd', (n: number) => {
    if (n % 2 === 0) throw new Error('even');
    return n;
  });
  const show = task('show', (state: State<number>) => state.name);
  const value = await memory.run(() =>
    flow('outer', async () => await show.map(allowFailure(odd.map(isPending ? list.submit() : [1, 2, 3]))))(),
  );
  expect(value).toEqual(['Completed', 'Failed', 'Completed']);
});
