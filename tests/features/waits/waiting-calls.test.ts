/** Every call has a record from when it is made: also one that waits for a permit, or for its inputs, and is cancelled. */
import { setImmediate as turn } from 'node:timers/promises';
import type { TaskRunRecord } from '@millrace/kernel';
import { concurrent, flow, scope, task, type TaskContext } from 'millrace';
import { testEngine } from 'millrace/testing';
import { describe, expect, test } from 'vitest';
import { onEachStore } from '../../faults/on-each-store.ts';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

const runner = concurrent({ limit: 1 });
const numbers = [0, 1, 2, 3, 4];
const oneFailedOthersCancelled = ['Failed', 'Cancelled', 'Cancelled', 'Cancelled', 'Cancelled'];

/** The first fails; any that begins before the others were cancelled waits for that. */
const failsFirst = async (n: number, { signal }: TaskContext): Promise<number> => {
  if (n === 0) throw new Error('first');
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  throw signal.reason;
};
const work = task('work', failsFirst);
const child = flow('work', failsFirst);

const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  'a map': async () => await work.map(numbers),
  'submitted one by one': async () => await Promise.all(numbers.map((n) => work.submit(n))),
  'a map of flows': async () => await child.map(numbers),
  'flows that are submitted': async () => await Promise.all(numbers.map((n) => child.submit(n))),
  'a map in a flow below': async () => await flow({ name: 'inner', runner }, async () => await work.map(numbers))(),
  'a scope with a limit': async () => await scope(async () => await work.map(numbers), { limit: 1 }),
  'in worker threads': async () => await work.with({ isolate: 'thread' }).map(numbers),
};

for (const [name, body] of Object.entries(ways)) {
  onEachStore(`${name}: the first fails, and each of the others ends Cancelled`, async (sandbox) => {
    await using stored = new MemoryEngine({}, sandbox.url);
    const error = await stored.run(() => flow({ name: 'outer', runner }, body)()).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('first');
    const runs = [...(await stored.taskRuns()), ...(await stored.flowRuns())].filter(
      (run) => ('taskKey' in run ? run.taskKey : run.flowName) === 'work',
    );
    expect(inOrder(runs).map((run) => run.state.name)).toEqual(oneFailedOthersCancelled);
    expect(await sandbox.verify()).toEqual([]);
  });
}

function inOrder<T extends { readonly id: string }>(runs: readonly T[]): T[] {
  return runs.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

describe('a map that runs', () => {
  test('shows all its calls in order: one Running, the others Pending, each with its arguments', async () => {
    await using memory = new MemoryEngine();
    const held = Promise.withResolvers<void>();
    const holds = task('holds', async (n: number) => (await held.promise, n));
    const result = memory.run(() => flow({ name: 'outer', runner }, async () => await holds.map(numbers))());
    await expect
      .poll(async () => (await memory.taskRuns()).map(shown))
      .toEqual([
        'holds Running [0]',
        'holds Pending [1]',
        'holds Pending [2]',
        'holds Pending [3]',
        'holds Pending [4]',
      ]);
    held.resolve();
    expect(await result).toEqual(numbers);
    expect((await memory.taskRuns()).map((run) => run.state.name)).toEqual(numbers.map(() => 'Completed'));
  });

  test('shows those of a wide one burst by burst', async () => {
    await using memory = new MemoryEngine();
    const held = Promise.withResolvers<void>();
    const holds = task('holds', async (_: number) => await held.promise);
    const wide = Array.from({ length: 1_200 }, (_, n) => n);
    const result = memory.run(() => flow({ name: 'outer', runner }, async () => await holds.map(wide))());
    await expect.poll(async () => await countOf(memory), { timeout: 10_000 }).toBe(1_200);
    held.resolve();
    expect(await result).toHaveLength(1_200);
    expect(await countOf(memory)).toBe(1_200);
  });
});

function shown({ taskKey, state, parameters }: TaskRunRecord): string {
  return `${taskKey} ${state.name} ${parameters}`;
}

async function countOf(memory: MemoryEngine): Promise<number> {
  const { runs } = await memory.engine.ledger();
  let count = 0;
  for (let after: string | undefined; ; ) {
    const page = await runs.taskRuns({ limit: 200, ...(after === undefined ? {} : { after }) });
    count += page.length;
    after = page.at(-1)?.id;
    if (page.length < 200) return count;
  }
}

test('a wide map without a limit whose first call fails has a record of each call', async () => {
  await using memory = new MemoryEngine();
  const wide = Array.from({ length: 1_200 }, (_, n) => n);
  const failing = task('failing', (n: number) => {
    if (n === 0) throw new Error('first');
    return n;
  });
  await expect(memory.run(() => flow('outer', async () => await failing.map(wide))())).rejects.toThrow('first');
  expect(await countOf(memory)).toBe(1_200);
});

test('a call that waits for its inputs is recorded as Cancelled when its flow fails', async () => {
  await using memory = new MemoryEngine();
  const slow = task('slow', async (_: string, { signal }: TaskContext) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    throw signal.reason;
  });
  const after = task('after', (n: never) => n);
  const outer = flow('outer', async () => {
    after.submit(slow.submit('a') as never);
    after.map(slow.map(['b']) as never);
    await turn();
    throw new Error('the body failed');
  });
  await expect(memory.run(() => outer())).rejects.toThrow('the body failed');
  const runs = await memory.taskRuns();
  expect(runs.filter(({ taskKey }) => taskKey === 'after').map(({ state }) => state.name)).toEqual([
    'Cancelled',
    'Cancelled',
  ]);
});

test('a map in a task below whose first call fails has a record of each call, and none is left open', async () => {
  await using memory = new MemoryEngine();
  const fails = task('fails', async (n: number) => {
    await turn();
    if (n === 0) throw new Error('first');
  });
  const around = task('around', async () => await fails.map(numbers));
  await expect(memory.run(() => flow({ name: 'outer', runner }, async () => await around())())).rejects.toThrow(
    'first',
  );
  const runs = (await memory.taskRuns()).filter(({ taskKey }) => taskKey === 'fails');
  expect(runs).toHaveLength(5);
  expect(runs.filter(({ endAt }) => endAt === null)).toEqual([]);
});

describe('after the process died', () => {
  /** A flow whose second call has begun and whose others wait when its process dies. */
  async function died(): Promise<{
    readonly engine: Awaited<ReturnType<typeof testEngine>>;
    readonly numbers: number[];
    readonly result: Promise<unknown>;
  }> {
    const engine = await testEngine({ time: 'real' });
    const mapped = [...numbers];
    const held = Promise.withResolvers<void>();
    let isHeld = true;
    const counted = task('counted', async (n: number) => {
      if (n === 1 && isHeld) await held.promise;
      return n;
    });
    const f = flow({ name: 'f', runner }, async () => await counted.map(mapped));
    const result = engine.run(() => f());
    const open = ['Completed', 'Pending', 'Pending', 'Pending', 'Running'];
    await expect.poll(async () => await statesOf(engine)).toEqual(open);
    isHeld = false;
    return { engine, numbers: mapped, result };
  }

  async function statesOf(engine: Awaited<ReturnType<typeof testEngine>>): Promise<string[]> {
    return (await engine.runs())
      .filter(({ kind }) => kind === 'task')
      .map(({ state }) => state.name)
      .toSorted();
  }

  test('a call that was recorded and never begun goes on in its row, and no row is left open', async () => {
    const { engine, result } = await died();
    await using _ = engine;
    const before = (await engine.runs()).map(({ id }) => id).toSorted();
    await engine.restart();
    expect(await result).toEqual(numbers);
    expect((await engine.runs()).map(({ id }) => id).toSorted()).toEqual(before);
    expect(await statesOf(engine)).toEqual(numbers.map(() => 'Completed'));
  });

  test('a call that the changed code does not make any more ends Cancelled', async () => {
    const { engine, result, numbers: mapped } = await died();
    await using _ = engine;
    mapped.length = 2;
    await engine.restart();
    expect(await result).toEqual([0, 1]);
    expect(await statesOf(engine)).toEqual(['Cancelled', 'Cancelled', 'Cancelled', 'Completed', 'Completed']);
  });
});
