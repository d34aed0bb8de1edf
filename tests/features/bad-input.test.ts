/** Bad input gets a typed error that names what is wrong and where, begins nothing, and gets the same answer on both stores. */
import { withEngine } from '@millrace/engine/internal';
import { type LocalEngineOptions, openEngine } from '@millrace/local';
import { artifact, flow, sendSignal, type Task, task, variable } from 'millrace';
import { expect } from 'vitest';
import { z } from 'zod';
import { onEachStore } from '../faults/on-each-store.ts';
import type { Place } from '../processes/place.ts';

type Case = readonly [what: string, body: () => unknown, code: string, message: RegExp];

const anything = task('anything', (value: unknown) => value);
const takes = flow('takes', (value: unknown) => value);
const untyped = task as unknown as (...args: readonly unknown[]) => unknown;
const mapped = anything as unknown as { map(...args: readonly unknown[]): unknown };

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

class Socket {
  readonly port = 1;
}

const beforeAnythingBegins: readonly Case[] = [
  ['no name', () => untyped(() => 1), 'ConfigurationError', /needs a name.*task\('name', fn\)/],
  ['a blank name', () => task('  ', () => 1), 'InvalidNameError', /blank/],
  ['a name of two lines', () => task('a\nb', () => 1), 'InvalidNameError', /"a\\nb".*line break/],
  ['half a surrogate pair in a name', () => task('a\ud800', () => 1), 'InvalidNameError', /surrogate/],
  ['a flow name that Prefect refuses', () => flow('a/b', () => 1), 'InvalidNameError', /'\/'/],
  [
    'an option that is not one',
    () => untyped({ name: 'a', retrys: 2 }, () => 1),
    'ConfigurationError',
    /'retrys'.*'a'/,
  ],
  ['no function', () => untyped('a', 5), 'ConfigurationError', /'a'|function/],
  [
    'a negative retry',
    () => task({ name: 'a', retries: -1 }, () => 1),
    'ConfigurationError',
    /retries of task 'a'.*-1/,
  ],
  [
    'a broken retry',
    () => task({ name: 'a', retries: 1.5 }, () => 1),
    'ConfigurationError',
    /retries of task 'a'.*1\.5/,
  ],
  [
    'a delay that is none',
    () => task({ name: 'a', retryDelay: 'soon' }, () => 1),
    'DurationError',
    /retryDelay of task 'a'.*"soon"/,
  ],
  [
    'a timeout that is none',
    () => task({ name: 'a', timeout: '5 parsecs' }, () => 1),
    'DurationError',
    /timeout of task 'a'.*"5 parsecs"/,
  ],
  ['a tag with a NUL', () => task({ name: 'a', tags: ['x\0'] }, () => 1), 'InvalidNameError', /tag/],
  ['a lone string to .map', () => mapped.map('abc'), 'MapMissingIterable', /'anything'\.map/],
  ['nothing to .map', () => mapped.map(), 'MapMissingIterable', /'anything'\.map/],
  [
    'lengths that differ',
    () => task('two', (left: number, right: number) => left + right).map([1, 2], [1, 2, 3]),
    'MapLengthError',
    /'two'\.map.*left has 2, right has 3/,
  ],
  ['a function as parameter', () => takes(() => 1), 'NotSerializable', /parameters\.value of flow 'takes'.*function/],
  [
    'a symbol deep in a parameter',
    () => takes([{ a: Symbol('x') }]),
    'NotSerializable',
    /parameters\.value\[0\]\.a of flow 'takes'/,
  ],
  ['an instance as parameter', () => takes(new Socket()), 'NotSerializable', /instance of Socket/],
  ['a parameter that is too deep', () => takes(nested(100_000)), 'NotSerializable', /of flow 'takes'.*deeper than 256/],
  [
    'a parameter that throws when it is read',
    () =>
      takes({
        get port(): number {
          throw new Error('closed');
        },
      }),
    'NotSerializable',
    /of flow 'takes'.*throws when it is read/,
  ],
  [
    'a parameter that its schema refuses',
    () => flow({ name: 'typed', input: z.object({ count: z.number() }) }, () => 1)({ count: 'x' } as never),
    'ParameterError',
    /'typed'.*count/,
  ],
  [
    'an artifact key of two lines',
    () => artifact.markdown({ key: 'a\nb', markdown: '' }),
    'InvalidNameError',
    /artifact/,
  ],
  ['a link that is a script', () => artifact.link({ link: 'javascript:alert(1)' }), 'ConfigurationError', /http/],
  ['a variable that is no data', () => variable.set('v', () => 1), 'NotSerializable', /variable 'v'/],
  ['a signal to nobody', () => sendSignal("'; DROP TABLE flow_run; --", 'x'), 'RunNotFound', /DROP TABLE/],
];

/** What only the body's end can tell: recorded as the failure that it is, and not tried again. */
const atTheEnd: readonly Case[] = [
  [
    'a function as result',
    () =>
      task(
        { name: 'made', retries: 3 },
        counting(() => () => 1),
      )(),
    'NotSerializable',
    /result of task 'made'.*function/,
  ],
  [
    'a result that is too deep',
    () =>
      task(
        { name: 'made', retries: 3 },
        counting(() => nested(300)),
      )(),
    'NotSerializable',
    /of task 'made'.*deeper than 256/,
  ],
  [
    'a result over the cap',
    () =>
      task(
        { name: 'made', retries: 3 },
        counting(() => 'x'.repeat(2_000)),
      )(),
    'ResultTooLarge',
    /'made.*2002 bytes.*1000/,
  ],
];

let bodies = 0;
function counting(body: () => unknown): () => unknown {
  return () => {
    bodies += 1;
    return body();
  };
}

interface Records {
  readonly flowRuns: number;
  readonly taskRuns: number;
}

async function inEngine(place: Place, body: (records: () => Promise<Records>) => Promise<void>): Promise<void> {
  const options: LocalEngineOptions = {
    settings: { databaseUrl: place.url },
    engine: { resultBytesMax: 1_000, print: () => {} },
  };
  const engine = openEngine(options);
  const { runs } = await engine.ledger();
  const records = async (): Promise<Records> => ({
    flowRuns: (await runs.flowRuns({ limit: 200 })).length,
    taskRuns: (await runs.taskRuns({ limit: 200 })).length,
  });
  try {
    await withEngine(engine, () => body(records));
  } finally {
    await engine.close();
  }
}

async function refusalOf(body: () => unknown): Promise<unknown> {
  try {
    return await body();
  } catch (error) {
    return error;
  }
}

onEachStore('what is wrong is named before anything is recorded', async (place) => {
  await inEngine(place, async (records) => {
    for (const [what, body, code, message] of beforeAnythingBegins) {
      expect(await refusalOf(body), what).toMatchObject({ code, message: expect.stringMatching(message) });
    }
    expect(await records()).toEqual({ flowRuns: 0, taskRuns: 0 });
  });
});

onEachStore('a result that can never be stored fails its run at once, whatever its retries', async (place) => {
  await inEngine(place, async (records) => {
    for (const [what, body, code, message] of atTheEnd) {
      bodies = 0;
      expect(await refusalOf(body), what).toMatchObject({ code, message: expect.stringMatching(message) });
      expect(bodies, what).toBe(1);
    }
    expect(await records()).toEqual({ flowRuns: 0, taskRuns: atTheEnd.length });
  });
});

onEachStore(
  'what is odd and no error comes back as it was: NUL, halves of pairs, -0, holes, prototypes',
  async (place) => {
    const odd: readonly unknown[] = [
      'a\0b\ud800c',
      [Number.NaN, Number.POSITIVE_INFINITY, -0, undefined, 10n ** 30n],
      // biome-ignore lint/suspicious/noSparseArray: that is what is tested
      [1, , 3],
      JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}'),
      new Map<unknown, unknown>([[{ a: 1 }, new Set([new Date(0)])]]),
    ];
    await inEngine(place, async () => {
      const echo: Task<[unknown], unknown> = task('echo', (value: unknown) => value);
      const handles = odd.map((value) => flow('echoes', async (given: unknown) => await echo(given)).start(value));
      for (const [index, handle] of (await Promise.all(handles)).entries()) {
        expect(await handle.result()).toEqual(odd[index]);
      }
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
      const failing = flow('failing', () => {
        throw new Error('half \ud800 and \0');
      });
      expect((await failing.state()).type).toBe('FAILED');
    });
    expect(await place.verify()).toEqual([]);
  },
);
