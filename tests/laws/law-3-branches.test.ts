/**
 * Law 3, where calls are equal by all that identifies them: whatever order the branches come in after a crash, at whatever point, each call
 * gets its own recorded value, or the run fails with AmbiguousReplay. Code that is sequential is never refused.
 */
import { fc, test as property } from '@fast-check/vitest';
import { AmbiguousReplay, flow, resume, scope, sleep, step, task, transaction } from 'millrace';
import { testEngine } from 'millrace/testing';
import { describe, expect, test } from 'vitest';

type Branch = (index: number) => Promise<string>;

/** Lets branches go on one after another, in an order that the test chooses. */
class Turns {
  readonly #waiting = new Map<number, () => void>();
  #next = 0;
  readonly #order: readonly number[];

  constructor(order: readonly number[]) {
    this.#order = order;
  }

  reached(index: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.set(index, resolve);
      this.#release();
    });
  }

  /** The branch has done what the others wait for. */
  done(): void {
    this.#next += 1;
    this.#release();
  }

  #release(): void {
    const go = this.#waiting.get(this.#order[this.#next] ?? -1);
    if (go !== undefined) setImmediate(go);
  }
}

/** A queue such as p-limit's: what it begins is awaited by nothing that leads to the caller. */
function queue(limit: number): <T>(job: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let active = 0;
  const next = (): void => {
    if (active >= limit) return;
    const job = waiting.shift();
    if (job === undefined) return;
    active += 1;
    job();
  };
  const ended = (): void => {
    active -= 1;
    next();
  };
  return (job) =>
    new Promise((resolve, reject) => {
      waiting.push(() => {
        job()
          .then(
            (value) => resolve(value),
            (error: unknown) => reject(error),
          )
          .finally(ended);
      });
      next();
    });
}

const indexes = [0, 1, 2] as const;

/** How a body may run its branches side by side. */
const shapes: Readonly<Record<string, (branch: Branch) => Promise<readonly string[]>>> = {
  all: (branch) => Promise.all(indexes.map(branch)),
  allSettled: async (branch) =>
    (await Promise.allSettled(indexes.map(branch))).map((one) => (one.status === 'fulfilled' ? one.value : 'failed')),
  'nested all': async (branch) => {
    const [first, others] = await Promise.all([branch(0), Promise.all([branch(1), branch(2)])]);
    return [first, ...others];
  },
  helper: async (branch) => {
    const help = async (index: number): Promise<string> => await branch(index);
    return await Promise.all(indexes.map(async (index) => await help(index)));
  },
  then: (branch) => Promise.all(indexes.map((index) => Promise.resolve().then(() => branch(index)))),
  scope: (branch) => scope(async () => await Promise.all(indexes.map(branch))),
  'scopes in branches': (branch) => Promise.all(indexes.map((index) => scope(async () => await branch(index)))),
  transaction: (branch) => transaction({}, async () => await Promise.all(indexes.map(branch))),
};

/** As `shapes`, with branches that no async stack shows. */
const unseen: Readonly<Record<string, (branch: Branch) => Promise<readonly string[]>>> = {
  queue: (branch) => {
    const limited = queue(3);
    return Promise.all(indexes.map((index) => limited(() => branch(index))));
  },
  timers: (branch) =>
    Promise.all(
      indexes.map(
        (index) =>
          new Promise<string>((resolve, reject) => {
            setImmediate(() => void branch(index).then(resolve, reject));
          }),
      ),
    ),
  'awaited one after another': async (branch) => {
    const started = indexes.map(branch);
    const values: string[] = [];
    for (const one of started) values.push(await one);
    return values;
  },
};

const noInput = task('visit', async () => `at ${++visits}`);
let visits = 0;

/** Calls that nothing tells apart; each gives a value that no other gives. */
const calls: Readonly<Record<string, (index: number) => Promise<string>>> = {
  step: () => step('visit', () => `at ${++visits}`),
  task: () => noInput(),
  'task with a function': () => withFunction(() => 1),
  flow: () => child(),
  'task of tasks': () => within(() => 1),
};
const withFunction = task('with function', async (_run: () => number) => `at ${++visits}`);
const child = flow('child', async () => await step('visit', () => `at ${++visits}`));
const within = task('within', async (_run: () => number) => await noInput());

interface Round {
  readonly shape: (branch: Branch) => Promise<readonly string[]>;
  readonly call: (index: number) => Promise<string>;
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly writes: number;
}

/** The values that each branch saw before the crash, what it sees after it, and how the run ended. */
async function crashAt({ shape, call, before, after, writes }: Round): Promise<{
  readonly seen: ReadonlyMap<number, string>;
  readonly values: readonly string[];
  readonly error: unknown;
}> {
  await using engine = await testEngine();
  const seen = new Map<number, string>();
  let order = before;
  const outer = flow('outer', async () => {
    const turns = new Turns(order);
    const isFirst = order === before;
    return await shape(async (index) => {
      await turns.reached(index);
      const value = await call(index);
      if (isFirst) seen.set(index, value);
      turns.done();
      return value;
    });
  });
  engine.crashAfter({ writes });
  const result = engine.run(() => outer());
  await engine.settle();
  const seenBefore = new Map(seen);
  order = [...after];
  await engine.restart();
  try {
    return { seen: seenBefore, values: await result, error: undefined };
  } catch (error) {
    return { seen: seenBefore, values: [], error };
  }
}

const order = fc.shuffledSubarray([...indexes], { minLength: indexes.length });
const anyWrites = fc.integer({ min: 1, max: 14 });

describe('law 3: branches that come in another order', () => {
  property.prop(
    [fc.constantFrom(...Object.keys(shapes)), fc.constantFrom(...Object.keys(calls)), order, order, anyWrites],
    { numRuns: 120 },
  )('each finds its own value: %s, %s', async (shape, call, before, after, writes) => {
    const round = { shape: shapes[shape], call: calls[call], before, after, writes } as Round;
    const { seen, values, error } = await crashAt(round);
    expect(error).toBeUndefined();
    for (const [index, value] of seen) expect(values[index]).toBe(value);
    expect(new Set(values).size).toBe(values.length);
  });

  property.prop(
    [fc.constantFrom(...Object.keys(unseen)), fc.constantFrom('step', 'task', 'flow'), order, order, anyWrites],
    { numRuns: 80 },
  )(
    'where no stack shows them, each finds its own or the run is refused: %s, %s',
    async (shape, call, before, after, writes) => {
      const round = { shape: unseen[shape], call: calls[call], before, after, writes } as Round;
      const { seen, values, error } = await crashAt(round);
      if (error !== undefined) expect(error).toBeInstanceOf(AmbiguousReplay);
      else for (const [index, value] of seen) expect(values[index]).toBe(value);
    },
  );

  property.prop([fc.constantFrom(...Object.keys(unseen)), order, order, anyWrites], { numRuns: 60 })(
    'a key tells them apart whatever shows: %s',
    async (shape, before, after, writes) => {
      const keyed = (index: number): Promise<string> =>
        step('visit', () => `at ${++visits}`, { key: `branch ${index}` });
      const round = { shape: unseen[shape], call: keyed, before, after, writes } as Round;
      const { seen, values, error } = await crashAt(round);
      expect(error).toBeUndefined();
      for (const [index, value] of seen) expect(values[index]).toBe(value);
    },
  );
});

describe('law 3: workers that share a queue', () => {
  test.each([2, 3, 4, 5, 6, 8, 10, 12, 14])(
    'take other items after a crash, and none gets the value of another (killed after write %d)',
    async (writes) => {
      await using engine = await testEngine();
      const seen = new Map<number, string>();
      let delays = [1, 9, 1, 1, 1];
      const outer = flow('outer', async () => {
        const now = delays;
        const left = now.map((_, index) => index);
        const values: string[] = [];
        const work = async (): Promise<void> => {
          for (let index = left.shift(); index !== undefined; index = left.shift()) {
            for (let turn = 0; turn < (now[index] ?? 0) * 20; turn += 1) await new Promise(setImmediate);
            values[index] = await step('visit', () => `at ${++visits}`);
            if (now === delays && !isAgain) seen.set(index, values[index] ?? '');
          }
        };
        await Promise.all([work(), work()]);
        return values;
      });
      let isAgain = false;
      engine.crashAfter({ writes });
      const result = engine.run(() => outer());
      for (let turn = 0; turn < 400; turn += 1) await new Promise(setImmediate);
      await engine.settle();
      isAgain = true;
      delays = [9, 1, 1, 1, 1];
      const before = new Map(seen);
      await engine.restart();
      const ended = await result.then(
        (values) => values,
        (error: unknown) => error,
      );
      if (ended instanceof AmbiguousReplay) return;
      for (const [index, value] of before) expect((ended as string[])[index]).toBe(value);
    },
  );
});

/** Sequential, however it is written: each gives the values of so many calls in order. */
const sequential: Readonly<Record<string, (call: () => Promise<string>) => Promise<readonly string[]>>> = {
  loop: async (call) => {
    const values: string[] = [];
    for (let index = 0; index < 4; index += 1) values.push(await call());
    return values;
  },
  'helper that waits first': async (call) => {
    const help = async (): Promise<string> => {
      await new Promise(setImmediate);
      return await call();
    };
    const values: string[] = [];
    for (let index = 0; index < 4; index += 1) values.push(await help());
    return values;
  },
  generator: async (call) => {
    const values: string[] = [];
    for await (const value of generated(call)) values.push(value);
    return values;
  },
  'then after then': (call) =>
    call().then((first) => call().then((second) => new Promise((resolve) => resolve([first, second])))),
  'helper awaited later': async (call) => {
    const help = async (): Promise<string> => {
      const first = await call();
      return `${first} ${await call()}`;
    };
    const started = help();
    return [await started, await call()];
  },
  'one turn': async (call) => await Promise.all([call(), call(), call()]),
  'branches one after another': async (call) => {
    const values: string[] = [];
    for (let index = 0; index < 3; index += 1) {
      const turn = await Promise.all(
        [index].map(async () => {
          await new Promise(setImmediate);
          return await call();
        }),
      );
      values.push(...turn);
    }
    return values;
  },
  'deep helpers': async (call) => {
    const deep = async (depth: number): Promise<string> => (depth === 0 ? await after(call) : await deep(depth - 1));
    return [await deep(80), await deep(80)];
  },
  recursion: async (call) => {
    const deep = (depth: number): Promise<string> => (depth === 0 ? call() : deep(depth - 1));
    return [await deep(300), await deep(300)];
  },
  'helpers that return helpers': async (call) => {
    const inner = async (): Promise<string> => {
      await settled;
      return await call();
    };
    const middle = async (): Promise<string> => inner();
    const outer = (): Promise<string> => Promise.resolve().then(() => middle());
    return [await middle(), await outer(), await middle()];
  },
  caught: async (call) => {
    const values: string[] = [];
    for (let index = 0; index < 3; index += 1) {
      try {
        await new Promise((_, reject) => setImmediate(reject, new Error('down')));
      } catch {
        values.push(await call());
      } finally {
        values.push(await call());
      }
    }
    return values;
  },
  'background call beside a loop': async (call) => {
    const background = call();
    const values: string[] = [];
    for (let index = 0; index < 3; index += 1) values.push(await after(call));
    return [await background, ...values];
  },
  'scope in a loop': async (call) => {
    const values: string[] = [];
    for (let index = 0; index < 3; index += 1) values.push(await scope(async () => await after(call)));
    return values;
  },
};

const settled = Promise.resolve('there already');

async function after(call: () => Promise<string>): Promise<string> {
  await new Promise(setImmediate);
  return await call();
}

async function* generated(call: () => Promise<string>): AsyncGenerator<string> {
  for (let index = 0; index < 4; index += 1) {
    await new Promise(setImmediate);
    yield await call();
  }
}

describe('law 3: sequential code is never refused', () => {
  test.each(Object.keys(sequential).flatMap((shape) => ['step', 'task', 'flow'].map((call) => [shape, call] as const)))(
    '%s of a %s, killed at every point',
    async (shape, call) => {
      for (let writes = 1; writes <= 12; writes += 1) {
        await using engine = await testEngine();
        const outer = flow(
          'outer',
          async () => await sequential[shape]?.(async () => (await calls[call]?.(0)) as string),
        );
        engine.crashAfter({ writes });
        const result = engine.run(() => outer());
        await engine.settle();
        const before = await completed(engine);
        await engine.restart();
        const values = (await result) ?? [];
        expect(new Set(values).size).toBe(values.length);
        // The record is as it was.
        for (const [id, name] of before) expect((await completed(engine)).get(id)).toBe(name);
        expect(await warnings(engine)).toEqual([]);
      }
    },
  );

  test('a flow that is tried again in its process finds what its branches recorded', async () => {
    await using engine = await testEngine();
    let attempts = 0;
    const outer = flow({ name: 'outer', retries: 1 }, async () => {
      attempts += 1;
      const turns = new Turns(attempts === 1 ? [0, 1, 2] : [2, 1, 0]);
      const values = await Promise.all(
        indexes.map(async (index) => {
          await turns.reached(index);
          const value = await step('visit', () => `visit of ${index}`);
          turns.done();
          return value;
        }),
      );
      if (attempts === 1) throw new Error('down');
      return values;
    });
    expect(await engine.run(() => outer())).toEqual(indexes.map((index) => `visit of ${index}`));
    expect(attempts).toBe(2);
  });
});

async function completed(engine: Awaited<ReturnType<typeof testEngine>>): Promise<ReadonlyMap<string, string>> {
  return new Map(
    (await engine.runs()).filter((run) => run.state.type === 'COMPLETED').map((run) => [run.id, run.name]),
  );
}

async function warnings(engine: Awaited<ReturnType<typeof testEngine>>): Promise<readonly string[]> {
  const [root] = await engine.runs();
  return (await engine.logs(root?.id ?? '')).filter((line) => line.includes('{ key }'));
}

describe('law 3: AmbiguousReplay', () => {
  const visitsOf = (turnsOf: () => Turns, swallow = false) =>
    flow('outer', async () => {
      const turns = turnsOf();
      const limited = queue(3);
      return await Promise.all(
        indexes.map((index) =>
          limited(async () => {
            await turns.reached(index);
            const value = await step('visit', () => `visit of ${index}`).catch((error: unknown) => {
              if (swallow) return 'swallowed';
              throw error;
            });
            turns.done();
            return value;
          }),
        ),
      );
    });

  test.each([false, true])(
    'fails the run once, names the calls, and is not swallowed (the body catches: %s); resume goes on when it is told to trust the order',
    async (swallow) => {
      await using engine = await testEngine();
      let before = true;
      const outer = visitsOf(() => new Turns(before ? [0, 1, 2] : [2, 1, 0]), swallow);
      engine.crashAfter({ task: 'visit', occurrence: 2 });
      const result = engine.run(() => outer());
      await engine.settle();
      before = false;
      await engine.restart();
      const error = await result.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(AmbiguousReplay);
      const [root] = await engine.runs();
      const id = root?.id ?? '';
      expect(error).toMatchObject({
        message: expect.stringContaining('trustOrder'),
        details: { flowRunId: id, taskName: 'visit', kind: 'step' },
      });
      expect((error as AmbiguousReplay).details['calls']).toHaveLength(2);
      expect(root?.state.name).toBe('Failed');
      expect((await engine.logs(id)).filter((line) => line.includes('{ key }'))).toHaveLength(1);
      const again = await engine.run(async () => (await resume(id)).result().catch((thrown: unknown) => thrown));
      expect(again).toBeInstanceOf(AmbiguousReplay);
      before = true;
      const values = await engine.run(async () => await (await resume(id, { trustOrder: true })).result());
      expect(values).toEqual(indexes.map((index) => `visit of ${index}`));
    },
  );

  test('fails the flows above too, whatever they make of their child', async () => {
    await using engine = await testEngine();
    const inner = visitsOf(() => new Turns([0, 1, 2]));
    const outer = flow('above', async () => {
      try {
        return await inner();
      } catch {
        return 'swallowed';
      }
    });
    engine.crashAfter('visit');
    const result = engine.run(() => outer());
    await engine.settle();
    await engine.restart();
    await expect(result).rejects.toBeInstanceOf(AmbiguousReplay);
    expect((await engine.runs()).filter((run) => run.state.name === 'Failed')).toHaveLength(2);
  });

  test('a call on an unknown thread of which nothing is recorded is a new call', async () => {
    await using engine = await testEngine();
    const outer = flow('outer', async () => {
      await step('first', () => 1);
      return await new Promise<number>((resolve, reject) => {
        setImmediate(() => void step('second', () => 2).then(resolve, reject));
      });
    });
    engine.crashAfter('first');
    const result = engine.run(() => outer());
    await engine.settle();
    await engine.restart();
    expect(await result).toBe(2);
  });
});

describe('law 3: waits', () => {
  test.each(['sleep', 'queued sleep'])('a computed %s ends at the instant that its first call fixed', async (how) => {
    await using engine = await testEngine({ time: 'virtual' });
    let calledCount = 0;
    const outer = flow('outer', async () => {
      calledCount += 1;
      const nap = (): Promise<void> => (how === 'sleep' ? sleep(4_000 + calledCount * 1_000) : sleep(4_000));
      if (how === 'sleep') await nap();
      else await queue(2)(nap);
      return 'woke';
    });
    const result = engine.run(() => outer());
    await engine.advance('3s');
    await engine.restart();
    await engine.advance('3500ms');
    const woke = await Promise.race([result, new Promise((resolve) => setImmediate(resolve, 'asleep'))]);
    expect(woke).toBe('woke');
    expect(calledCount).toBe(2);
  });

  test('sleeps one after another and in branches each keep their own', async () => {
    await using engine = await testEngine({ time: 'virtual' });
    const woke: string[] = [];
    const outer = flow('outer', async () => {
      await sleep('1s');
      await sleep('2s');
      await Promise.all(
        [3, 1, 2].map(async (seconds) => {
          await step('before', () => 0);
          await sleep(seconds * 1_000);
          woke.push(`after ${seconds}`);
        }),
      );
    });
    const result = engine.run(() => outer());
    await engine.advance('2s');
    await engine.restart();
    await engine.advance('1500ms');
    await engine.restart();
    await engine.advance('600ms');
    expect(woke).toEqual(['after 1']);
    await engine.advance('2s');
    await result;
    expect(new Set(woke)).toEqual(new Set(['after 1', 'after 2', 'after 3']));
  });
});
