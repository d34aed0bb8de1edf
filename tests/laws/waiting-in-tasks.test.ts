/** Law 6 where a task's body waits by other means than awaiting a future: under a limit of one, its children still run. */
import { concurrent, flow, race, scope, task } from 'millrace';
import { describe, expect, test } from 'vitest';
import { MemoryEngine } from './in-memory-engine.ts';

const leaf = task('leaf', async (n: number) => n);
const never = task('never', async (_: number) => await new Promise<number>(() => {}));
const broken = task('broken', async () => {
  throw new RangeError('broken');
});

const bodies = {
  'race()': async () => await race([leaf.submit(1), leaf.submit(2)]),
  'scope()': async () => {
    await scope(async () => {
      leaf.submit(1);
    });
    return 1;
  },
  'children it leaves to its scope': async () => {
    leaf.submit(1);
    return 1;
  },
  'iterating as they complete': async () => {
    let last = 0;
    for await (const future of leaf.map([1, 1])) last = await future;
    return last;
  },
};

describe('law 6: under a limit of one a task waits for', () => {
  test.each(Object.entries(bodies))('%s', { timeout: 5_000 }, async (_, body) => {
    await using memory = new MemoryEngine({ cancelGraceMs: 10 });
    const waiter = task('waiter', body);
    const outer = flow({ name: 'outer', runner: concurrent({ limit: 1 }) }, async () => await waiter());
    expect(await memory.run(() => outer())).toBe(1);
  });
});

test('a scope that has failed cancels what its body starts later', { timeout: 5_000 }, async () => {
  await using memory = new MemoryEngine({ cancelGraceMs: 10 });
  const outer = flow('outer', async () => {
    await scope(async () => {
      await broken.submit().wait();
      never.submit(1);
    });
  });
  await expect(memory.run(() => outer())).rejects.toThrow(RangeError);
  expect((await memory.taskRuns()).map((run) => run.taskKey)).toEqual(['broken']);
});
