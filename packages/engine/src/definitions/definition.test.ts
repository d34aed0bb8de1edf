/** Definitions that make no sense are refused where they are written, with a message that says what to write instead. */
import { ConfigurationError, DurationError, InvalidNameError } from '@millrace/kernel';
import { expect, test } from 'vitest';
import { processes, threads } from './runners.ts';
import { flow } from '../calls/flow.ts';
import { task } from '../calls/task.ts';

/** The signature in plain JavaScript. */
type Untyped = (...args: readonly unknown[]) => unknown;
const kinds: readonly (readonly [string, Untyped])[] = [
  ['task', task as unknown as Untyped],
  ['flow', flow as unknown as Untyped],
];
const body = (): number => 1;

const refusal = (call: () => unknown): unknown => {
  try {
    return call();
  } catch (error) {
    return error;
  }
};

test.each(kinds)('%s() names its forms when its arguments are none of them', (kind, define) => {
  const wrong: readonly (readonly unknown[])[] = [
    [],
    [null],
    [undefined, body],
    [null, body],
    [5, body],
    [[], body],
    [Symbol('name'), body],
    ['named'],
    ['named', null],
    ['named', 'text'],
    [{}],
    [{ name: 'named', body }],
    [body, { name: 'named' }],
  ];
  for (const args of wrong) {
    const error = refusal(() => define(...args));
    expect(error, String(args.map(String))).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toContain(`${kind}('name', fn)`);
  }
});

test.each(kinds)('%s() asks for a name where there is none', (kind, define) => {
  for (const args of [[() => 1], [{}, () => 1], ['', body], [{ name: 5 }, body]]) {
    const error = refusal(() => define(...args));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toContain(`${kind}('name', fn)`);
  }
  expect(refusal(() => define('two\nlines', body))).toBeInstanceOf(InvalidNameError);
});

const wrongOfBoth = {
  description: 5,
  version: 3,
  tags: 'one',
  retries: '3',
  persistResult: 'no',
  storage: '/tmp',
  serializer: 'json',
  runName: 5,
  logPrints: 1,
  onRunning: 'x',
  onCompletion: [1],
  onFailure: null,
  onCancellation: {},
  onCrashed: false,
  waitFor: 1,
  retrys: 3,
} satisfies Record<string, unknown>;

const wrongOfTasks = {
  cache: 'inputs',
  cacheKey: 'x',
  refreshCache: 1,
  isolate: 'threads',
  retryWhen: true,
  retryJitter: 'x',
  onCommit: 'x',
  onRollback: 5,
  runner: 'threads',
  input: {},
};

const wrongOfFlows = {
  input: {},
  runner: 'threads',
  validate: 'x',
  concurrency: 0,
  unobserved: 'warn',
  crashRetries: -1,
  idempotencyKey: '',
  cache: 'inputs',
};

test.each([
  ...Object.entries(wrongOfBoth).flatMap((entry) => kinds.map((kind) => [kind[0], kind[1], ...entry] as const)),
  ...Object.entries(wrongOfTasks).map((entry) => ['task', kinds[0]?.[1], ...entry] as const),
  ...Object.entries(wrongOfFlows).map((entry) => ['flow', kinds[1]?.[1], ...entry] as const),
])('%s() refuses the option it can not mean', (_kind, define, option, value) => {
  const error = refusal(() => define?.({ name: 'named', [option]: value }, body));
  expect(error, option).toBeInstanceOf(ConfigurationError);
  expect((error as Error).message).toContain(option);
});

test.each(kinds)('%s() refuses durations that are none, and takes absent options', (_kind, define) => {
  for (const option of ['timeout', 'retryDelay'])
    expect(refusal(() => define({ name: 'named', [option]: {} }, body))).toBeInstanceOf(DurationError);
  expect(define({ name: 'named', description: undefined, tags: undefined, timeout: undefined }, body)).toBeTypeOf(
    'function',
  );
});

test.each(kinds)('a copy of a %s is checked as it is made', (_kind, define) => {
  const made = define('named', body) as { with: Untyped };
  expect(refusal(() => made.with({ retrys: 1 }))).toBeInstanceOf(ConfigurationError);
  expect(refusal(() => made.with(null))).toBeInstanceOf(ConfigurationError);
  expect(made.with({ waitFor: [] })).toBeTypeOf('function');
});

test.each(kinds)('what %s() gives is named as it is, and so is a copy of it', (_kind, define) => {
  const made = define('named', body) as { readonly name: string; with(options: object): { readonly name: string } };
  expect([made.name, made.with({ name: 'copy' }).name]).toEqual(['named', 'copy']);
});

test('threads() and processes() ask for a size where there is none', () => {
  for (const runner of [threads, processes] as unknown as readonly Untyped[])
    for (const args of [[], [null], [{}], [{ size: 0 }]])
      expect(refusal(() => runner(...args))).toBeInstanceOf(ConfigurationError);
});
