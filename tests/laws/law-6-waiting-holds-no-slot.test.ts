/** Law 6. A body that awaits a child, a sleep, a signal or a limit gives its place back; a wait cycle prints itself. */
import { concurrency, concurrencyLimit, concurrent, flow, type RunFuture, task } from '@millrace/engine';
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

  test('a body that gives back a future in place of awaiting it waits like any other', async () => {
    await using memory = new MemoryEngine();
    const leaf = task('leaf', (n: number) => n);
    const node = task('node', (n: number) => leaf.submit(n));
    const outer = flow({ name: 'outer', runner: concurrent({ limit: 1 }) }, async () => await node(1));
    expect(await memory.run(() => outer())).toBe(1);
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

  const query = task('query', async () => await concurrency('one', () => 'in'));
  const selfish: (n: number) => Promise<string> = flow({ name: 'selfish', concurrency: 1 }, async (n: number) =>
    n > 0 ? await selfish(n - 1) : 'end',
  );
  const cycles: Readonly<Record<string, () => Promise<unknown>>> = {
    'a flow that calls itself under its own limit': () => selfish(1),
    'concurrency within concurrency of one limit': () =>
      flow('outer', () => concurrency('one', () => concurrency('one', () => 'in')))(),
    'a task that asks for what its caller holds': () => flow('outer', () => concurrency('one', () => query()))(),
    'a task below a task that asks for it': () =>
      flow('outer', () => concurrency('one', () => task('between', async () => await query())()))(),
    'a task whose tag its caller holds': () =>
      flow('outer', () => concurrency('one', () => task({ name: 'tagged', tags: ['own'] }, () => query())()))(),
    'a task of a tag that its caller holds': () =>
      flow('outer', () => concurrency('tag:own', () => task({ name: 'tagged', tags: ['own'] }, () => 1)()))(),
    'half of the slots, and the other half held by the caller': () =>
      flow('outer', () =>
        concurrency('two', { occupy: 2 }, () => task('more', () => concurrency('two', { occupy: 2 }, () => 1))()),
      )(),
  };
  test.each(Object.keys(cycles))('fails at once with the cycle, and on the record: %s', async (name) => {
    await using memory = new MemoryEngine();
    const error: unknown = await memory.run(async () => {
      await concurrencyLimit.set('one', { limit: 1 });
      await concurrencyLimit.set('two', { limit: 3 });
      await concurrencyLimit.set('tag:own', { limit: 1 });
      return await cycles[name]?.().catch((reason: unknown) => reason);
    });
    expect(error).toBeInstanceOf(WaitCycleError);
    expect((error as Error).message).toMatch(/(\S+) -> limit '.+' -> .*\1\. /);
    for (const run of [...(await memory.flowRuns()), ...(await memory.taskRuns())])
      expect([run.name, run.state.name]).toEqual([run.name, 'Failed']);
  });

  test('a slot that its holder gives back without waiting for who asks is no cycle', async () => {
    await using memory = new MemoryEngine();
    const value = await memory.run(async () => {
      await concurrencyLimit.set('one', { limit: 1 });
      return await flow('outer', async () => {
        const future = await concurrency('one', () => [query.submit()]);
        return await future[0];
      })();
    });
    expect(value).toBe('in');
  });

  test('a branch that waits for what another branch of the same body holds is no cycle', async () => {
    await using memory = new MemoryEngine();
    const gate = Promise.withResolvers<void>();
    const value = await memory.run(async () => {
      await concurrencyLimit.set('one', { limit: 1 });
      const opener = task('opener', async () => await gate.promise);
      return await flow('outer', async () => {
        const held = concurrency('one', () => opener());
        const requested = query();
        setImmediate(gate.resolve);
        await held;
        return await requested;
      })();
    });
    expect(value).toBe('in');
  });

  test.each(['tag', 'concurrency', 'flow'])(
    'a slot of a %s given back goes to the next in line, not to a timer',
    async (kind) => {
      // No timer of this engine ever goes off.
      const clock = { now: () => Date.now(), setTimer: () => ({ cancel: () => {} }) };
      await using memory = new MemoryEngine({ clock });
      const order: number[] = [];
      const note = (n: number): void => void order.push(n);
      const jobs = {
        tag: task({ name: 'job', tags: ['one'] }, note),
        concurrency: task('job', async (n: number) => await concurrency('one', () => note(n))),
        flow: flow({ name: 'job', concurrency: 1 }, note),
      }[kind] as ReturnType<typeof task<(n: number) => void>>;
      await memory.run(async () => {
        await concurrencyLimit.set('one', { limit: 1 });
        await concurrencyLimit.set('tag:one', { limit: 1 });
        await flow('outer', async () => {
          await jobs.map(Array.from({ length: 20 }, (_, index) => index));
        })();
      });
      expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    },
  );
});
