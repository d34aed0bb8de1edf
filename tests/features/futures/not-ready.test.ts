/** A run that an upstream's failure left NotReady is run in its row when the call is made again, or ends with the flow: it never stays. */
import { allowFailure, concurrent, flow, task } from 'millrace';
import { testEngine } from 'millrace/testing';
import { expect, test } from 'vitest';
import { onEachStore } from '../../faults/on-each-store.ts';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

/** Fails at 2 until it was called so often. */
function unlucky(times = 1) {
  let left = times;
  return task('plus', (n: number) => {
    if (n === 2 && left > 0) {
      left -= 1;
      throw new Error('unlucky');
    }
    return n + 1;
  });
}
const double = task('double', (n: number) => n * 2);
const sum = task({ name: 'sum', runName: 'sum-of-{numbers}' }, (numbers: readonly number[]) =>
  numbers.reduce((one, other) => one + other, 0),
);

async function statesOf(memory: MemoryEngine): Promise<string[]> {
  return [...(await memory.taskRuns()), ...(await memory.flowRuns())].map((run) => run.state.name).toSorted();
}

const ways = {
  'a map over a map': (plus: ReturnType<typeof unlucky>) => async () => await double.map(plus.map([1, 2])),
  'two equal calls of one upstream': (plus: ReturnType<typeof unlucky>) => async () => {
    const upstream = plus.submit(2);
    return await Promise.all([double(upstream), double(upstream)]);
  },
  'a chain of three': (plus: ReturnType<typeof unlucky>) => async () => [
    await sum([1, await double(double.submit(plus.submit(2)))]),
  ],
  'a list of futures in an object': (plus: ReturnType<typeof unlucky>) => async () => [
    await sum([plus.submit(1), plus.submit(2)] as never),
    await sum(plus.map([1, 2])),
  ],
  'with one place': (plus: ReturnType<typeof unlucky>) => async () => await double.map(plus.map([1, 2, 3])),
};

for (const [name, body] of Object.entries(ways)) {
  onEachStore(`${name}: after the flow's retry each call has one row, and it is Completed`, async (sandbox) => {
    await using stored = new MemoryEngine({}, sandbox.url);
    const runner = concurrent(name === 'with one place' ? { limit: 1 } : {});
    const value = await stored.run(() => flow({ name: 'f', retries: 2, runner }, body(unlucky(2)))());
    await using direct = new MemoryEngine();
    expect(value).toEqual(await direct.run(() => flow({ name: 'f', runner }, body(unlucky(0)))()));
    expect(await statesOf(stored)).toEqual(await statesOf(direct));
    const rows = await stored.taskRuns();
    expect(rows.filter(({ parameters }) => parameters === null || parameters === '[]')).toEqual([]);
    expect(rows.filter(({ taskKey, name: runName }) => taskKey === 'sum' && runName.endsWith('{numbers}'))).toEqual([]);
    expect(await sandbox.verify()).toEqual([]);
  });
}

onEachStore(
  'a call that an earlier attempt completed has one row, also if an attempt fails before its inputs come',
  async (sandbox) => {
    await using stored = new MemoryEngine({}, sandbox.url);
    const plus = task('plus', (n: number) => n + 1);
    let attempts = 0;
    const f = flow({ name: 'f', retries: 2 }, async () => {
      attempts += 1;
      const doubled = double.submit(plus.submit(1));
      if (attempts === 1) await doubled;
      if (attempts < 3) throw new Error('again');
      return await doubled;
    });
    expect(await stored.run(() => f())).toBe(4);
    expect(await statesOf(stored)).toEqual(['Completed', 'Completed', 'Completed']);
  },
);

onEachStore('a row of a call that is not made again ends Cancelled', async (sandbox) => {
  await using stored = new MemoryEngine({}, sandbox.url);
  const plus = unlucky();
  let attempts = 0;
  const f = flow({ name: 'f', retries: 1 }, async () => {
    attempts += 1;
    if (attempts === 1) return await double(plus.submit(2));
    return await plus(2);
  });
  expect(await stored.run(() => f())).toBe(3);
  expect(await statesOf(stored)).toEqual(['Cancelled', 'Completed', 'Completed']);
  expect(await sandbox.verify()).toEqual([]);
});

test('a flow that was resumed after its failure runs what was NotReady in its row', async () => {
  await using engine = await testEngine();
  const plus = unlucky();
  const f = flow('f', async () => await double.map(plus.map([1, 2])));
  await engine.run(async () => {
    const handle = await f.start();
    await handle.result().catch(() => undefined);
    const { resume } = await import('millrace');
    const again = await resume(handle.id);
    expect(await again.result()).toEqual([4, 6]);
  });
  expect((await engine.runs()).map((run) => run.state.name)).toEqual(Array(5).fill('Completed'));
});

test('a task that is tried again leaves nothing of its first attempt NotReady', async () => {
  await using memory = new MemoryEngine();
  const plus = unlucky();
  const around = task({ name: 'around', retries: 1 }, async () => await double.map(plus.map([1, 2])));
  expect(await memory.run(() => flow('f', async () => await around())())).toEqual([4, 6]);
  expect((await statesOf(memory)).filter((state) => state === 'NotReady')).toEqual([]);
});

test('a call that stays NotReady in the last attempt keeps its one row, which names what it waits for', async () => {
  await using memory = new MemoryEngine();
  const broken = task({ name: 'broken', runName: 'broken-one' }, (): number => {
    throw new Error('always');
  });
  let attempts = 0;
  const f = flow({ name: 'f', retries: 2 }, async () => {
    const upstream = broken.submit();
    await double(upstream).catch(() => undefined);
    const seen = task('seen', (state: unknown) => (state as { name: string }).name);
    await seen(allowFailure(upstream));
    attempts += 1;
    if (attempts < 3) throw new Error('again');
  });
  await memory.run(() => f());
  const [failed] = (await memory.taskRuns()).filter(({ taskKey }) => taskKey === 'broken');
  const waiting = (await memory.taskRuns()).filter(({ taskKey }) => taskKey === 'double');
  expect(waiting).toHaveLength(1);
  expect(waiting[0]?.state).toMatchObject({
    name: 'NotReady',
    message: `Waits for 'broken-one' (run ${failed?.id}), which is Failed.`,
    details: { reason: { kind: 'upstream', runId: failed?.id, runName: 'broken-one', state: 'Failed' } },
  });
});
