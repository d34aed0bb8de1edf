/** With one place for bodies, whatever waits gives it back: no combination waits for ever, and never are two at work. */
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { concurrency, concurrencyLimit, concurrent, flow, pause, race, sleep, task } from 'millrace';
import { describe, expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

const runner = concurrent({ limit: 1 });
const echo = task('echo', (n: number) => n);
const nested = task('nested', async (n: number) => await echo(n));
/** Gives a future, and is no async function. */
const handsOn = task('hands-on', (n: number) => echo.submit(n));
const flaky = () => {
  let calls = 0;
  return task({ name: 'flaky', retries: 1 }, (n: number) => {
    calls += 1;
    if (calls === 1) throw new Error('first');
    return n;
  });
};

describe('at a limit of one', () => {
  const bodies: Readonly<Record<string, [() => Promise<unknown>, unknown]>> = {
    'a map over a map whose tasks call tasks': [async () => await echo.map(nested.map([1, 2, 3])), [1, 2, 3]],
    'a map over a map whose tasks are tried again': [async () => await echo.map(flaky().map([1, 2, 3])), [1, 2, 3]],
    'a map that waits for another': [
      async () => await echo.with({ waitFor: [...nested.map([1, 2])] }).map([3, 4]),
      [3, 4],
    ],
    'a task that gives a future': [async () => await handsOn(1), 1],
    'a map of tasks that give futures': [async () => await handsOn.map([1, 2]), [1, 2]],
    'a task beside a child flow that waits to be tried again': [
      async () => {
        let calls = 0;
        const child = flow({ name: 'child', retries: 1, retryDelay: 500 }, async () => {
          calls += 1;
          if (calls === 1) throw new Error('first');
          return calls;
        });
        const retried = child.submit();
        while (retried.state.name !== 'AwaitingRetry') await turn();
        return [await echo(7), retried.state.name, await retried];
      },
      [7, 'AwaitingRetry', 2],
    ],
  };
  test.each(Object.entries(bodies))('%s', async (_, [body, value]) => {
    await using memory = new MemoryEngine({ pollMs: 20 });
    expect(await memory.run(() => flow({ name: 'outer', runner }, body)())).toEqual(value);
  });

  test('a place that a cancelled retry waited for is there for the others', async () => {
    await using memory = new MemoryEngine({ pollMs: 20 });
    let atWork = 0;
    let most = 0;
    const fails = task({ name: 'fails', retries: 1, retryDelay: '1h' }, () => {
      throw new Error('no');
    });
    const works = task('works', async (_: number) => {
      atWork += 1;
      most = Math.max(most, atWork);
      for (let turns = 0; turns < 10; turns += 1) await turn();
      atWork -= 1;
    });
    const outer = flow({ name: 'outer', runner: concurrent({ limit: 3 }), unobserved: 'ignore' }, async () => {
      for (let round = 0; round < 3; round += 1) {
        const retried = fails.submit();
        while (retried.state.name !== 'AwaitingRetry') await turn();
        retried.cancel();
        await retried.result({ raise: false });
      }
      await works.map([1, 2, 3, 4, 5, 6]);
    });
    await memory.run(() => outer());
    expect(most).toBe(3);
  });

  test('a body that waited for a future and has stopped waiting is alone at work', async () => {
    await using memory = new MemoryEngine({ pollMs: 20 });
    let atWork = 0;
    let most = 0;
    const works = async (_: number): Promise<void> => {
      atWork += 1;
      most = Math.max(most, atWork);
      for (let turns = 0; turns < 50; turns += 1) await turn();
      atWork -= 1;
    };
    const end = Promise.withResolvers<void>();
    const slow = task('slow', async () => await end.promise);
    const stops = task('stops', async () => {
      const waited = slow.submit();
      await waited.wait(5);
      await works(0);
      end.resolve();
    });
    const other = task('other', works);
    const outer = flow({ name: 'outer', runner: concurrent({ limit: 2 }) }, async () => {
      await Promise.all([stops(), other.map([1, 2, 3])]);
    });
    await memory.run(() => outer());
    // The slow one is at work too until it is let end.
    expect(most).toBe(1);
  });
});

test('a parked flow gives the slot of its concurrency back that its own waking needs', async () => {
  await using memory = new MemoryEngine({ parkAfterMs: 5, pollMs: 20 });
  const nap = task('nap', async () => await sleep(300));
  const limited = flow({ name: 'limited', concurrency: 1 }, async () => {
    nap.submit();
    return 'done';
  });
  expect(await memory.run(() => limited())).toBe('done');
});

test('what a body gives that can not be read fails it, whether it is an async function or not', async () => {
  await using memory = new MemoryEngine();
  const unreadable = Object.defineProperty({}, 'next', {
    get: () => {
      throw new Error('unreadable');
    },
  });
  const later = task('later', async () => unreadable);
  const atOnce = task('at-once', () => unreadable);
  for (const unread of [later, atOnce]) expect((await memory.run(() => unread.state())).toString()).toContain('Failed');
});

test('a failed upstream does not take the record of another call', async () => {
  await using memory = new MemoryEngine();
  let attempts = 0;
  let calls = 0;
  const fails = task('fails', () => {
    throw new Error('no');
  });
  const counts = task('counts', (_: unknown) => {
    calls += 1;
    return calls;
  });
  const outer = flow({ name: 'outer', retries: 1, unobserved: 'ignore' }, async () => {
    attempts += 1;
    // A value that can't be hashed is distinguished by its order among the calls of the task.
    if (attempts === 1) {
      await counts(() => 1);
      throw new Error('again');
    }
    const dependent = counts.submit(fails.submit());
    expect((await dependent.wait()).name).toBe('NotReady');
    return await counts(() => 1);
  });
  expect(await memory.run(() => outer())).toBe(1);
});

test('retryWhen that gives nothing is a no', async () => {
  await using memory = new MemoryEngine();
  let calls = 0;
  const once = task(
    { name: 'once', retries: 3, retryWhen: ((error: { retryable?: boolean }) => error.retryable) as never },
    () => {
      calls += 1;
      throw new Error('no');
    },
  );
  await memory.run(() => once.state());
  expect(calls).toBe(1);
});

test('a storage that fails once is tried again by the policy of the task', async () => {
  await using memory = new MemoryEngine();
  const kept = new Map<string, string>();
  let puts = 0;
  const storage = {
    name: 'failing',
    put: async (key: string, text: string) => {
      puts += 1;
      if (puts === 1) throw new Error('away');
      kept.set(key, text);
    },
    get: async (key: string) => kept.get(key),
  };
  const stored = task({ name: 'stored', retries: 1, storage }, () => 7);
  expect((await memory.run(() => stored.state())).name).toBe('Completed');
});

test('a body that waits again while its slot is granted gives that back', async () => {
  await using memory = new MemoryEngine({ pollMs: 20 });
  const quick = task({ name: 'quick', tags: ['db'] }, async () => 'quick');
  const outer = flow('outer', async () => {
    const gate = Promise.withResolvers<void>();
    const gated = task('gated', async () => await gate.promise).submit();
    const holds = task('holds', async () => {
      await concurrency('tag:db', async () => {
        gate.resolve();
        // sleep: long enough for the parent to wait for the slot meanwhile
        await delay(150);
      });
    });
    const parent = task({ name: 'parent', tags: ['db'] }, async () => {
      // sleep: the parent's second wait has to come while its slot is being granted
      const calls = gate.promise.then(() => delay(20)).then(() => quick());
      await Promise.all([calls, gated]);
      return await calls;
    });
    const running = parent.submit();
    // sleep: the parent has to wait for its future by then, which gives its slot back
    await delay(20);
    const holder = holds.submit();
    return [await running, await holder];
  });
  const value = await memory.run(async () => {
    await concurrencyLimit.set('tag:db', { limit: 1 });
    return await outer();
  });
  expect(value[0]).toBe('quick');
});

test('a flow goes on to its next task when its pause was cancelled', async () => {
  await using memory = new MemoryEngine({ pollMs: 20 });
  const outer = flow('outer', async () => {
    const winner = await race([pause({ timeout: '1h' }) as never, echo.submit(1)]);
    return [winner, await echo(2)];
  });
  expect(await memory.run(() => outer())).toEqual([1, 2]);
});
