/**
 * Input that can't be meant is refused in words that name it, before anything is recorded as begun, and alike on both stores.
 *
 * A refusal of a definition needs no store and has more cases in `engine/src/definitions/definition.test.ts`; a
 * database that can't be used has `store/src/faults/damage.test.ts` and `full-disk.test.ts`.
 */
import {
  type Duration,
  artifact,
  concurrency,
  concurrencyLimit,
  context,
  flow,
  pause,
  race,
  rateLimit,
  scope,
  sendSignal,
  sleep,
  sleepUntil,
  suspend,
  tags,
  task,
  transaction,
  variable,
  waitForSignal,
} from 'millrace';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { dialects } from '../../processes/sandbox.ts';
import { Refusals, says } from './refusals.ts';

/** As one calls it who has no types. */
type Untyped = (...args: readonly unknown[]) => unknown;
const untyped = (call: unknown): Untyped => call as Untyped;

const resultBytesMax = 10_000;
const postgresUrl = inject('postgresUrl');
const half = 'a\ud800';
const one = task('one', (value: unknown) => value);
const add = task('add', (left: number, right: number) => left + right);
const nested = (depth: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = { a: value };
  return value;
};
class Socket {
  readonly port = 1;
}
const throwing = {
  get part(): never {
    throw new Error('a getter');
  },
};
const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

/** Names that nothing may have. */
const badNames = {
  blank: ' ',
  'two lines': 'a\nb',
  NUL: 'a\0b',
  'half a pair': half,
  long: 'x'.repeat(257),
  number: 5,
};

describe.each(dialects.filter((dialect) => dialect === 'sqlite' || postgresUrl !== ''))('on %s', (dialect) => {
  const refusals = new Refusals(dialect, { postgresUrl, resultBytesMax });
  const run = <T>(body: () => T): T => refusals.run(body);
  const inFlow = (body: () => unknown): Promise<unknown> => refusals.inFlow(body);
  const refusal = (call: () => unknown): Promise<unknown> => refusals.ofCall(call);
  const refusalInFlow = (call: () => unknown): Promise<unknown> => refusals.inBody(call);
  beforeAll(async () => await run(() => concurrencyLimit.set('db', { limit: 2 })));
  afterAll(async () => await refusals[Symbol.asyncDispose]());

  test('no name', async () => {
    expect(await refusal(() => task(() => 1))).toEqual(says('ConfigurationError', "task('name', fn)"));
    expect(await refusal(() => flow({}, () => 1))).toEqual(says('ConfigurationError', "flow('name', fn)"));
  });

  test.each(Object.entries(badNames))('a name that can not be one: %s', async (_kind, name) => {
    const text = name as string;
    const calls: Readonly<Record<string, () => unknown>> = {
      variable: () => variable.set(text, 1),
      'variable read': () => variable.get(text),
      artifact: () => artifact.markdown({ key: text, markdown: 'x' }),
      'signal sent': () => sendSignal('01900000-0000-7000-8000-000000000000', text),
      limit: () => concurrencyLimit.set(text, { limit: 1 }),
      'tag of a variable': () => variable.set('tagged', 1, { tags: [text] }),
      'tag of a task': () => task({ name: 'tagged', tags: [text] }, () => 1),
    };
    for (const [what, call] of Object.entries(calls))
      expect(await refusal(call), what).toEqual(says('InvalidNameError', what.split(' ')[0] ?? ''));
    const inside: Readonly<Record<string, () => unknown>> = {
      signal: () => waitForSignal(text, { timeout: 1 }),
      pause: () => pause({ key: text, timeout: 1 }),
      transaction: () => transaction({ key: text }, () => 1),
    };
    for (const [what, call] of Object.entries(inside))
      expect(await refusalInFlow(call), what).toEqual(says('InvalidNameError', what));
  });

  test('a reserved name', async () => {
    for (const letter of '/%&><')
      expect(await refusal(() => flow(`a${letter}b`, () => 1))).toEqual(says('InvalidNameError', 'flow', letter));
    expect(await refusal(() => sendSignal('any', 'resume:0'))).toEqual(says('InvalidNameError', 'resume:', 'reserved'));
    expect(await refusalInFlow(() => waitForSignal('resume:0'))).toEqual(says('InvalidNameError', 'reserved'));
  });

  test('a list of names that is none', async () => {
    for (const names of [undefined, 5, {}]) {
      expect(await refusalInFlow(() => untyped(concurrency)(names, () => 1))).toEqual(
        says('ConfigurationError', 'limit'),
      );
      expect(await refusalInFlow(() => untyped(tags)(names, () => 1))).toEqual(says('ConfigurationError', 'tag'));
    }
    for (const wrong of [5, 'abc', {}])
      expect(await refusal(() => untyped(variable.set)('v', 1, { tags: wrong }))).toEqual(
        says('ConfigurationError', 'tag'),
      );
  });

  test('a lone string to .map, or nothing', async () => {
    for (const call of [refusal, refusalInFlow]) {
      expect(await call(() => one.map('abc'))).toEqual(says('MapMissingIterable', "'one'"));
      expect(await call(() => untyped(one.map)())).toEqual(says('MapMissingIterable', "'one'", 'no argument'));
    }
  });

  test('lengths that differ', async () => {
    for (const call of [refusal, refusalInFlow])
      expect(await call(() => add.map([1], [1, 2]))).toEqual(
        says('MapLengthError', "'add'", 'left has 1', 'right has 2'),
      );
  });

  const unstorable: Readonly<Record<string, unknown>> = {
    'a function': () => 1,
    'a symbol': Symbol('s'),
    'a symbol as key': { [Symbol('s')]: 1 },
    'an instance of a class': new Socket(),
    'a promise': Promise.resolve(1),
    'a getter that throws': throwing,
    'a proxy that is revoked': revoked,
    'JSON too deep': nested(300),
    'JSON far too deep': nested(100_000),
    'an own toJSON': { toJSON: () => 'x' },
  };

  test.each(Object.entries(unstorable))(
    "a parameter of an outermost flow that can't be stored: %s",
    async (_what, value) => {
      const load = flow('load', (user: unknown) => user === undefined);
      expect(await refusal(() => load({ value }))).toEqual(says('NotSerializable', 'parameters', "flow 'load'"));
      expect(await refusal(() => load.start({ value }))).toEqual(says('NotSerializable', 'parameters', "flow 'load'"));
    },
  );

  test.each(Object.entries(unstorable))(
    "a result that can't be stored fails once, by the task's name: %s",
    async (_what, value) => {
      let calls = 0;
      const load = task({ name: 'load', retries: 3 }, () => {
        calls += 1;
        return { value };
      });
      await expect(run(() => load())).rejects.toEqual(says('NotSerializable', 'result', "task 'load'"));
      expect(calls).toBe(1);
    },
  );

  test.each(Object.entries(unstorable))(
    "a signal, a variable and an artifact's row that can't be stored: %s",
    async (_what, value) => {
      expect(await refusal(() => sendSignal('any', 'ok', { value }))).toEqual(says('NotSerializable', "signal 'ok'"));
      expect(await refusal(() => variable.set('v', { value }))).toEqual(says('NotSerializable', "variable 'v'"));
      expect(await refusal(() => artifact.table({ table: [{ value }] }))).toEqual(says('NotSerializable', 'artifact'));
    },
  );

  test('what looks odd and is data comes back as it was', async () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const sparse: unknown[] = [];
    sparse[4_000_000_000] = 1;
    const values: readonly unknown[] = [
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      -0,
      10n ** 40n,
      'a\0b',
      half,
      { [half]: half, 'a\0': 'b\0' },
      JSON.parse('{"__proto__":{"polluted":1},"constructor":2}'),
      new Date(Number.NaN),
      cycle,
      Object.assign([1], { length: 3 }),
      new Map([[new Map([['a', 1]]), new Set([half])]]),
    ];
    for (const value of values) {
      const stored = flow({ name: 'stored' }, async (given: unknown) => await one(given));
      const handle = await run(() => stored.start(value));
      expect(await handle.result()).toEqual(value);
      await run(() => variable.set('odd', value, { overwrite: true }));
      expect(await run(() => variable.get('odd'))).toEqual(value);
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    // As an argument: billions of holes take no time.
    expect(await inFlow(() => task('length', (list: readonly unknown[]) => list.length)(sparse))).toBe(4_000_000_001);
  });

  test.each(
    Object.entries({
      undefined: undefined,
      'a symbol': Symbol('s'),
      'an object with no text': Object.create(null) as unknown,
      'a proxy that is revoked': revoked,
      'an error whose message throws': Object.defineProperty(new Error('x'), 'message', {
        get() {
          throw new Error('a getter');
        },
      }),
      'an error of NUL and half a pair': new Error(`a\0b${half}`),
    }),
  )('what a body may throw is recorded, and no run is left behind: %s', async (_what, thrown) => {
    const failing = task('failing', () => {
      throw thrown;
    });
    const seen: readonly unknown[] = await run(() => flow('fails', async () => await failing())()).catch(
      (error: unknown) => [error],
    );
    if (thrown === revoked) expect(seen[0]).toBeInstanceOf(Error);
    else expect(Object.is(seen[0], thrown)).toBe(true);
    const { flowRuns, taskRuns } = await refusals.records();
    expect([...flowRuns, ...taskRuns].filter(({ state }) => state.type === 'RUNNING')).toEqual([]);
  });

  test('a parameter that fails its schema', async () => {
    const typed = flow({ name: 'typed', input: z.object({ n: z.number() }) }, (input) => input.n);
    const wrong = { n: 'x' } as unknown as { n: number };
    for (const call of [() => typed(wrong), () => typed.start(wrong)])
      expect(await refusal(call)).toEqual(says('ParameterError', "'typed'", 'n:'));
    expect(await refusalInFlow(() => typed(wrong))).toEqual(says('ParameterError', "'typed'", 'n:'));
    expect(await refusal(() => untyped(typed)({ n: 1 }, 2))).toEqual(says('ParameterError', "'typed'", '2 arguments'));
    expect(await refusal(() => untyped(flow)({ name: 'f', input: { '~standard': {} } }, () => 1))).toEqual(
      says('ConfigurationError', 'input', "'f'"),
    );
  });

  test.each([-1, 1.5, Number.POSITIVE_INFINITY, Number.NaN])('retries: %s', async (retries) => {
    expect(await refusal(() => task({ name: 'fetch', retries }, () => 1))).toEqual(
      says('ConfigurationError', 'retries', "task 'fetch'"),
    );
    expect(await refusal(() => flow({ name: 'fetch', retries }, () => 1))).toEqual(
      says('ConfigurationError', 'retries', "flow 'fetch'"),
    );
  });

  test('a duration that does not parse, is negative or endless', async () => {
    const wrong = ['5 parsecs', '5', '', -1, '-1s', Number.NaN, Number.POSITIVE_INFINITY, '40000d'] as Duration[];
    for (const timeout of wrong) {
      expect(await refusal(() => task({ name: 'fetch', timeout }, () => 1))).toEqual(
        says('DurationError', 'timeout', "task 'fetch'"),
      );
      expect(await refusal(() => task({ name: 'fetch', retries: 2, retryDelay: [1, timeout] }, () => 1))).toEqual(
        says('DurationError', 'retryDelay[1]', "task 'fetch'"),
      );
      expect(await refusalInFlow(() => sleep(timeout))).toEqual(says('DurationError', 'sleep'));
      expect(await refusalInFlow(() => waitForSignal('ok', { timeout }))).toEqual(says('DurationError', "'ok'"));
      expect(await refusalInFlow(() => concurrency('db', { timeout }, () => 1))).toEqual(
        says('DurationError', 'timeout'),
      );
    }
    expect(await refusalInFlow(() => sleepUntil(new Date(Number.NaN)))).toEqual(
      says('ConfigurationError', 'sleepUntil()'),
    );
  });

  test("a timeout over a timer's longest is kept, not taken for none", async () => {
    const slow = task({ name: 'slow', timeout: '60d' }, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return 'done';
    });
    expect(await run(() => slow())).toBe('done');
  });

  test('a retry past the list of delays takes the last', async () => {
    let calls = 0;
    const flaky = task({ name: 'flaky', retries: 3, retryDelay: [0, 1] }, () => {
      calls += 1;
      if (calls < 4) throw new Error('not yet');
      return calls;
    });
    expect(await run(() => flaky())).toBe(4);
  });

  test('a result over the cap: terminal, not retried', async () => {
    for (const define of [untyped(task), untyped(flow)]) {
      let calls = 0;
      const large = define({ name: 'large', retries: 3 }, () => {
        calls += 1;
        return 'x'.repeat(resultBytesMax + 1);
      });
      await expect(run(() => untyped(large)())).rejects.toEqual(says('ResultTooLarge', String(resultBytesMax)));
      expect(calls).toBe(1);
    }
  });

  test('an option that there is not names the nearest', async () => {
    expect(await refusal(() => untyped(task)({ name: 'fetch', retrys: 1 }, () => 1))).toEqual(
      says('ConfigurationError', "'retrys'", "'fetch'", "Did you mean 'retries'?"),
    );
    expect(await refusal(() => untyped(flow)({ name: 'fetch', timeOut: 1 }, () => 1))).toEqual(
      says('ConfigurationError', "'timeOut'", "Did you mean 'timeout'?"),
    );
    expect(await refusal(() => untyped(task)({ name: 'fetch', zzz: 1 }, () => 1))).toEqual(
      says('ConfigurationError', "'zzz'", 'It has: name'),
    );
  });

  test('a run name that can not be made', async () => {
    for (const runName of ['{nope}', '{left'] as const) {
      expect(await refusal(() => task({ name: 't', runName }, (left: number) => left)(1))).toEqual(
        says('ConfigurationError', runName),
      );
      expect(await refusal(() => flow({ name: 'f', runName }, (left: number) => left)(1))).toEqual(
        says('ConfigurationError', runName),
      );
    }
  });

  test('a run name that is long or has control characters is made fit to be shown', async () => {
    const runName = (): string => `one\0\ntwo${half}`.repeat(200);
    await run(() => flow({ name: 'wide', runName }, async () => await task({ name: 'thin', runName }, () => 1)())());
    const { flowRuns, taskRuns } = await refusals.records();
    for (const { name } of [...flowRuns, ...taskRuns]) {
      expect(name.length).toBeLessThanOrEqual(256);
      expect(name).not.toMatch(/\p{Cc}/u);
      expect(name.isWellFormed()).toBe(true);
    }
  });

  test('two flows of one name are each their own', async () => {
    const [first, second] = [flow('twin', () => 'first'), flow('twin', () => 'second')];
    expect([await run(() => first()), await run(() => second())]).toEqual(['first', 'second']);
  });

  test('slots that can never be had', async () => {
    for (const occupy of [0, -1, 1.5, Number.NaN])
      expect(await refusalInFlow(() => concurrency('db', { occupy }, () => 1))).toEqual(
        says('ConfigurationError', 'occupy'),
      );
    expect(await refusalInFlow(() => concurrency('db', { occupy: 3 }, () => 1))).toEqual(
      says('ConfigurationError', "'db' is 2", '3 slots'),
    );
    expect(await refusalInFlow(() => concurrency('absent', { strict: true }, () => 1))).toEqual(
      says('LimitNotFound', "'absent'"),
    );
    expect(await refusalInFlow(() => rateLimit('db'))).toEqual(
      says('ConfigurationError', "'db'", 'slotDecayPerSecond'),
    );
  });

  test('a signal to a run that there is not', async () => {
    for (const id of ['nope', '01900000-0000-7000-8000-000000000000'])
      expect(await refusal(() => sendSignal(id, 'ok'))).toEqual(says('RunNotFound', id));
  });

  test('artifacts of nothing', async () => {
    const refused = [
      untyped(artifact.markdown)({}),
      untyped(artifact.markdown)(),
      untyped(artifact.table)({ table: [1, 'x'] }),
      untyped(artifact.table)({ table: [{ id: 1 }, null] }),
      untyped(artifact.link)(null),
      untyped(artifact.table)({ table: 'x' }),
      untyped(artifact.link)({}),
      untyped(artifact.image)({ imageUrl: 5 }),
      artifact.progress({ progress: Number.NaN }),
    ].map(async (call) => await call);
    for (const call of await run(() => Promise.allSettled(refused)))
      expect(call).toEqual({ status: 'rejected', reason: expect.objectContaining({ code: 'ConfigurationError' }) });
  });

  test('scopes and races of nothing', async () => {
    expect(await refusalInFlow(() => untyped(scope)({ limit: 1 }))).toEqual(says('ConfigurationError', 'scope('));
    expect(await refusalInFlow(() => untyped(scope)(() => 1, { onFailure: 'stop' }))).toEqual(
      says('ConfigurationError', 'onFailure', 'stop'),
    );
    expect(await refusalInFlow(() => scope(() => 1, { limit: 0 }))).toEqual(says('ConfigurationError', 'limit'));
    for (const none of [undefined, 5, []])
      expect(await refusalInFlow(() => untyped(race)(none))).toEqual(says('ConfigurationError', 'race()'));
  });

  test.each(Object.entries({ sleep, pause, suspend, waitForSignal, context }))(
    '%s() outside of any run',
    async (name, call) => {
      expect(await refusal(() => untyped(call)('1s'))).toEqual(says('NotInRun', `${name}()`));
      expect(await refusal(() => scope(() => 1))).toEqual(says('NotInRun', 'scope()'));
    },
  );
});
