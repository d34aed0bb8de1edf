/** A tree of runs that only waits is parked; a body that does more than wait loses nothing by it. */
import { setTimeout as delay } from 'node:timers/promises';
import { flow, sleep, task, waitForSignal } from 'millrace';
import { describe, expect, test } from 'vitest';
import { MemoryEngine } from '../laws/in-memory-engine.ts';

const record = task('record', async (what: string) => what);
const WAIT_MS = 700;
const OWN_MS = 150;

/** What a body may await beside a recorded wait: an end of its own, a branch with more to do, a failure. */
const bodies = {
  'a race with a sleep': async () => await Promise.race([sleep(WAIT_MS).then(() => 'late'), delay(OWN_MS, 'in time')]),
  'a race with a signal': async () => {
    const signal = waitForSignal('stop', { timeout: WAIT_MS }).catch(() => 'late');
    return await Promise.race([signal, delay(OWN_MS, 'in time')]);
  },
  'a branch that calls a task': async () => {
    const slept = sleep(WAIT_MS).then(() => 'late');
    return await Promise.race([slept, delay(OWN_MS).then(() => record('in time'))]);
  },
  'a failure': async () => {
    const failed = delay(OWN_MS).then(() => Promise.reject(new Error('in time')));
    return await Promise.race([sleep(WAIT_MS), failed]).catch((error: Error) => error.message);
  },
};

describe.concurrent.each(Object.entries(bodies))('%s', (_, body) => {
  const called = async (residentMax?: number): Promise<readonly unknown[]> => {
    let count = 0;
    await using memory = new MemoryEngine({
      parkAfterMs: 5,
      pollMs: 20,
      ...(residentMax === undefined ? {} : { residentMax }),
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
  await using memory = new MemoryEngine({ parkAfterMs: 5, residentMax: 0 });
  const outer = flow('outer', async (_: unknown, { signal }: { signal: AbortSignal }) => {
    count += 1;
    return await Promise.race([sleep(WAIT_MS), delay(OWN_MS, 'in time', { signal })]);
  });
  expect(await memory.run(() => outer(null))).toBe('in time');
  expect(count).toBe(1);
});
