/** Law 6. A body that awaits a child, a sleep, a signal or a limit gives its place back; a wait cycle prints itself. */
import { concurrencyLimit, concurrent, flow, type RunFuture, task } from '@millrace/engine';
import { WaitCycleError } from '@millrace/kernel';
import { describe, expect, test } from 'vitest';
import { MemoryEngine } from './in-memory-engine.ts';

describe('law 6: waiting holds no slot', () => {
  test.each([1, 2])('nested maps under a limit of %i end', async (limit) => {
    await using memory = new MemoryEngine();
    const leaf = task('leaf', (n: number) => n);
    const tree = (depth: number): ((n: number) => Promise<number>) => {
      if (depth === 0) return leaf;
      const below = task(`level-${depth}`, async (n: number) => {
        const values = await Promise.all([0, 1, 2].map((k) => tree(depth - 1)(n * 3 + k)));
        return values.reduce((a, b) => a + b, 0);
      });
      return below;
    };
    const outer = flow({ name: 'outer', runner: concurrent({ limit }) }, async () => await tree(4)(0));
    expect(await memory.run(() => outer())).toBe((81 * 80) / 2);
  });

  test('no more bodies are at work than the limit allows', async () => {
    await using memory = new MemoryEngine();
    let atWork = 0;
    let most = 0;
    const busy = task('busy', async (_: number) => {
      atWork += 1;
      most = Math.max(most, atWork);
      await new Promise((resolve) => setImmediate(resolve));
      atWork -= 1;
    });
    const outer = flow({ name: 'outer', runner: concurrent({ limit: 3 }) }, async (items: number[]) => {
      await busy.map(items);
    });
    await memory.run(() => outer(Array.from({ length: 50 }, (_, i) => i)));
    expect(most).toBe(3);
  });

  test('a tag limit of one lets a nested map of the same tag go on', async () => {
    await using memory = new MemoryEngine();
    const leaf = task({ name: 'leaf', tags: ['db'] }, (n: number) => n);
    const node = task({ name: 'node', tags: ['db'] }, async (n: number) => (await leaf.map([n, n + 1])).length);
    const outer = flow('outer', async () => (await node.map([1, 2, 3])).reduce((a, b) => a + b, 0));
    const value = await memory.run(async () => {
      await concurrencyLimit.set('tag:db', { limit: 1 });
      return await outer();
    });
    expect(value).toBe(6);
  });

  test('two tasks that wait for each other fail at once, with the cycle', async () => {
    await using memory = new MemoryEngine();
    const futures: RunFuture<unknown>[] = [];
    const both = Promise.withResolvers<void>();
    const waiter = task('waiter', async (index: number) => {
      await both.promise;
      await futures[1 - index];
    });
    const outer = flow('outer', async () => {
      futures.push(waiter.submit(0), waiter.submit(1));
      both.resolve();
      await Promise.all(futures);
    });
    const error: unknown = await memory.run(() => outer()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WaitCycleError);
    expect((error as Error).message).toMatch(/waiter.* -> .*waiter/);
  });

  test('a child that awaits its own parent fails at once', async () => {
    await using memory = new MemoryEngine();
    const holder: { parent?: RunFuture<unknown> } = {};
    const child = task('child', async () => {
      await holder.parent;
    });
    const parent = task('parent', async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await child();
    });
    const outer = flow('outer', async () => {
      holder.parent = parent.submit();
      await holder.parent;
    });
    await expect(memory.run(() => outer())).rejects.toBeInstanceOf(WaitCycleError);
  });
});
