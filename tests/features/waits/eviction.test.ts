/** A tree of runs that only waits is evicted; a body that does more than wait loses nothing by it. */
import { setTimeout as delay } from 'node:timers/promises';
import { flow, sleep, task, waitForSignal } from 'millrace';
import { describe, expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

const record = task('record', async (what: string) => what);
const WAIT_MS = 700;
const OWN_MS = 150;
/** The user's own request, beside what is recorded: the engine can't see that it is under way. */
const own = async <T>(value: T, options?: { readonly signal: AbortSignal }): Promise<T> =>
  // sleep: the engine evicts by its own clock meanwhile
  await delay(OWN_MS, value, options);

/** Awaits of a body beside a recorded wait: an end of its own, a branch with more to do, a failure. */
const bodies = {
  'a race with a sleep': async () => await Promise.race([sleep(WAIT_MS).then(() => 'late'), own('in time')]),
  'a race with a signal': async () => {
    const signal = waitForSignal('stop', { timeout: WAIT_MS }).catch(() => 'late');
    return await Promise.race([signal, own('in time')]);
  },
  'a branch that calls a task': async () => {
    const slept = sleep(WAIT_MS).then(() => 'late');
    return await Promise.race([slept, own('in time').then(record)]);
  },
  'a failure': async () => {
    const failed = own('in time').then((what) => Promise.reject(new Error(what)));
    return await Promise.race([sleep(WAIT_MS), failed]).catch((error: Error) => error.message);
  },
};

describe.concurrent.each(Object.entries(bodies))('%s', (_, body) => {
  const called = async (idleTreesMax?: number): Promise<readonly unknown[]> => {
    let count = 0;
    await using memory = new MemoryEngine({
      parkAfterMs: 5,
      pollMs: 20,
      ...(idleTreesMax === undefined ? {} : { idleTreesMax }),
    });
    const outer = flow('outer', async () => {
      count += 1;
      return await body();
    });
    return [await memory.run(() => outer()), count];
  };

  test('a few trees stay in memory: the body is called once', async () => {
    expect(await called()).toEqual(['in time', 1]);
  });

  test('one that was parked for want of room is called again once its body has more to say', async () => {
    expect(await called(0)).toEqual(['in time', 2]);
  });
});

test('a body whose signal something waits for is not parked', async () => {
  let count = 0;
  await using memory = new MemoryEngine({ parkAfterMs: 5, idleTreesMax: 0 });
  const outer = flow('outer', async (_: unknown, { signal }: { signal: AbortSignal }) => {
    count += 1;
    return await Promise.race([sleep(WAIT_MS), own('in time', { signal })]);
  });
  expect(await memory.run(() => outer(null))).toBe('in time');
  expect(count).toBe(1);
});

test('a flow that holds a slot of its limit is dropped once at most', async () => {
  let count = 0;
  await using memory = new MemoryEngine({ parkAfterMs: 5, pollMs: 20 });
  const outer = flow({ name: 'outer', concurrency: 1 }, async () => {
    count += 1;
    return await Promise.race([sleep(WAIT_MS).then(() => 'late'), own('in time')]);
  });
  expect(await memory.run(() => outer())).toBe('in time');
  expect(count).toBe(2);
});

test('a timeout counts while its run waits, however many do', async () => {
  await using memory = new MemoryEngine({ parkAfterMs: 5, pollMs: 20, idleTreesMax: 0 });
  const naps = task({ name: 'naps', timeout: 150 }, async () => await sleep(WAIT_MS));
  const outer = flow({ name: 'outer', timeout: 150 }, async () => await sleep(WAIT_MS));
  const inner = flow('inner', async () => (await naps.state()).name);
  await memory.run(async () => {
    expect((await outer.state()).name).toBe('TimedOut');
    expect(await inner()).toBe('TimedOut');
  });
});

test('a dropped body that waits again does not pass for the one that was called in its place', async () => {
  let work = 0;
  await using memory = new MemoryEngine({ parkAfterMs: 5, pollMs: 20, idleTreesMax: 0 });
  let count = 0;
  const outer = flow({ name: 'outer', unobserved: 'ignore' }, async () => {
    count += 1;
    const isFirst = count === 1;
    const slept = sleep(400);
    if (isFirst) await Promise.race([slept, own(null)]);
    await slept;
    const long = record.with({ name: 'long' }).submit('x');
    work += 1;
    // sleep: the first body's wait ends in this time, and must not pass for this one
    await delay(300);
    await long;
    return work;
  });
  expect(await memory.run(() => outer())).toBe(1);
});
