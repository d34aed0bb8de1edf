/** Calls that compile, and calls that do not: calls, futures, maps, options and schemas. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import {
  allowFailure,
  flow,
  type FlowContext,
  type FlowRunFuture,
  type ItemsFuture,
  type RunContext,
  type State,
  race,
  step,
  task,
  type TaskContext,
  type TaskFuture,
  type TaskFutureList,
  unmapped,
  waitForSignal,
} from '../index.ts';

const double = task('double', async (n: number) => n * 2);
const join = task('join', (parts: string[], separator?: string) => parts.join(separator));
const greet = task('greet', (person: { name: string; tags: string[] }) => `hello ${person.name}`);
const withContext = task(
  { name: 'with-context' },
  async (id: number, { signal }: TaskContext) => [id, signal.aborted] as const,
);

test('a call takes the arguments and gives the awaited result', () => {
  expectTypeOf(double(1)).toEqualTypeOf<Promise<number>>();
  expectTypeOf(double.submit(1)).toEqualTypeOf<TaskFuture<number>>();
  expectTypeOf(double.map([1, 2])).toEqualTypeOf<TaskFutureList<number>>();
  expectTypeOf(double.state(1)).toEqualTypeOf<Promise<State<number>>>();
  // @ts-expect-error a wrong argument
  double('1');
  // @ts-expect-error too many arguments
  double(1, 2);
  // @ts-expect-error too few arguments
  double();
  // @ts-expect-error a wrong result
  const wrong: Promise<string> = double(1);
  void wrong;
});

test('the context is no argument of the call', () => {
  expectTypeOf(withContext(1)).toEqualTypeOf<Promise<readonly [number, boolean]>>();
  // @ts-expect-error the context is the engine's to give
  withContext(1, {} as RunContext);
});

test('data of no known fields is no context', () => {
  task('any-object', (_: number, whole: object) => whole)(1, {});
  task('unknown', (_: number, whole: unknown) => whole)(1, 2);
  expectTypeOf(task('rest', (_: number, { signal, ...rest }: TaskContext) => [signal, rest.attempt])(1)).not.toBeAny();
});

test('optional parameters stay optional', () => {
  expectTypeOf(join(['a'])).toEqualTypeOf<Promise<string>>();
  expectTypeOf(join(['a'], '-')).toEqualTypeOf<Promise<string>>();
});

test('a future may stand for its value, at any depth', () => {
  const text = task('text', () => 'x');
  double(double.submit(1));
  join([text.submit(), 'b']);
  const label = task('label', (n: number) => String(n));
  join(label.map([1]));
  greet({ name: text.submit(), tags: ['a', text.submit()] });
  greet({ name: 'a', tags: label.map([1]) });
  // @ts-expect-error a future of another type
  double(text.submit());
  // @ts-expect-error a future of another type, deep inside
  greet({ name: double.submit(1), tags: [] });
});

test('allowFailure passes a state', () => {
  const inspect = task('inspect', (state: State<unknown>) => state.name);
  inspect(allowFailure(double.submit(1)));
  const named = task('named', (state: State<number>) => state.name);
  named(allowFailure(double.submit(1)));
  named.map([allowFailure(double.submit(1))]);
  named.map(allowFailure(double.map([1])));
  inspect.map(allowFailure(double.map([1])));
  task('nested', (given: { s: State<number> }) => given.s.name)({ s: allowFailure(double.submit(1)) });
  task('part', (given: { name: string }) => given.name)(allowFailure(double.submit(1)));
  task('states', (states: readonly State<number>[]) => states.length)(allowFailure(double.map([1])));
  // @ts-expect-error a number is expected, not a state
  double(allowFailure(double.submit(1)));
  // @ts-expect-error the state of another type
  named(allowFailure(task('text', () => 'x').submit()));
  // @ts-expect-error the states of another type
  named.map(allowFailure(task('texts', (_: number) => 'x').map([1])));
});

test('map takes elements, whole values and unmapped ones', () => {
  const add = task('add', (a: number, b: number) => a + b);
  expectTypeOf(add.map([1, 2], [3, 4])).toEqualTypeOf<TaskFutureList<number>>();
  add.map([1, 2], 3);
  add.map(new Set([1, 2]), unmapped(3));
  add.map(double.map([1]), 1);
  join.map([['a'], ['b']], '-');
  join.map([['a'], ['b']], unmapped('-'));
  const count = task('count', (a: number, list: number[]) => a + list.length);
  count.map([1], unmapped(double.map([1])));
  count.map([1], unmapped([double.submit(1)]));
  const bytes = task('bytes', (a: number, whole: Uint8Array) => a + whole.length);
  bytes.map([1], new Uint8Array(2));
  bytes.map([1], unmapped(new Uint8Array(2)));
  bytes.map([1], [new Uint8Array(2)]);
  double.map(new Float64Array([1, 2]));
  add.map([10, 20], new Uint16Array([1, 2]));
  task('long', (n: bigint) => n).map(new BigInt64Array(2));
  // @ts-expect-error bigints are no numbers
  double.map(new BigInt64Array(2));
  const weigh = task('weigh', (a: number, weights: Float64Array) => a + weights.length);
  weigh.map([1], unmapped(new Float64Array(2)));
  weigh.map([1], [new Float64Array(2)]);
  // @ts-expect-error a typed array is mapped over, so its elements must fit
  weigh.map([1], new Float64Array(2));
  // @ts-expect-error bytes are a value, and no list of numbers
  double.map(new Uint8Array([1, 2]));
  // @ts-expect-error a wrong element type
  double.map(['a']);
  // @ts-expect-error a wrong unmapped value
  add.map([1], unmapped('x'));
  // @ts-expect-error an array for one parameter is mapped over, so its elements must fit
  join.map(['a', 'b']);
});

test('waitFor takes futures, and the futures of a map', () => {
  double.with({ waitFor: double.map([1]) });
  double.with({ waitFor: [double.submit(1), double(1), double.map([1]), [allowFailure(double.submit(1))]] });
  // @ts-expect-error a number is no future
  double.with({ waitFor: [1] });
});

test('flows have the same forms', () => {
  const sums = flow('sums', async (n: number) => n);
  expectTypeOf(sums(1)).toEqualTypeOf<Promise<number>>();
  expectTypeOf(sums.submit(1)).toEqualTypeOf<FlowRunFuture<number>>();
  expectTypeOf(sums.with({ idempotencyKey: 'k' })(1)).toEqualTypeOf<Promise<number>>();
  // @ts-expect-error a wrong argument
  sums('1');
});

test('a returned list of futures is a list of values', () => {
  const returned = flow('returned', () => double.map([1]));
  expectTypeOf(returned()).toEqualTypeOf<Promise<number[]>>();
});

test('an input schema types what goes in and what comes out', () => {
  const schema = z.object({ count: z.coerce.number(), name: z.string().default('x') });
  const typed = flow({ name: 'typed', input: schema }, async (input) => {
    expectTypeOf(input).toEqualTypeOf<{ count: number; name: string }>();
    return input.count;
  });
  expectTypeOf(typed({ count: '3' })).toEqualTypeOf<Promise<number>>();
  // @ts-expect-error a required field is missing
  typed({});
});

test('generators give lists', () => {
  const numbers = task('numbers', async function* () {
    yield 1;
  });
  expectTypeOf(numbers()).toEqualTypeOf<Promise<number[]> & AsyncIterable<number>>();
  expectTypeOf(numbers.submit()).toEqualTypeOf<ItemsFuture<number>>();
  const letters = flow('letters', function* (text: string, { signal }: FlowContext) {
    if (!signal.aborted) yield* text;
  });
  expectTypeOf(letters('ab')).toEqualTypeOf<Promise<string[]> & AsyncIterable<string>>();
  expectTypeOf(letters.with({ retries: 1 }).submit('ab')).toEqualTypeOf<ItemsFuture<string>>();
  expectTypeOf(letters.map(['ab']).at(0)).toEqualTypeOf<ItemsFuture<string> | undefined>();
  expectTypeOf(letters.map(['ab'])).resolves.toEqualTypeOf<string[][]>();
  double.map(numbers.submit());
  // @ts-expect-error not a generator: there is nothing to iterate
  double.submit(1)[Symbol.asyncIterator]();
  // @ts-expect-error the items are numbers
  join(numbers.submit());
});

test('a race gives what any of its runs may give', () => {
  const text = task('text', async (n: number) => String(n));
  const number = task('number', async () => 1);
  expectTypeOf(race([text.submit(1), number.submit()])).toEqualTypeOf<Promise<string | number>>();
  expectTypeOf(race(text.map([1]))).toEqualTypeOf<Promise<string>>();
});

test('options are checked', () => {
  // @ts-expect-error an unknown option
  task({ name: 'x', retry: 3 }, () => 1);
  // @ts-expect-error retries are a number
  task({ name: 'x', retries: '3' }, () => 1);
  // @ts-expect-error a task needs a function
  task('x');
});

test('steps and signals are typed', () => {
  expectTypeOf(step('stamp', () => 1)).toEqualTypeOf<TaskFuture<number>>();
  const schema = z.object({ by: z.string() }) satisfies StandardSchemaV1;
  expectTypeOf(waitForSignal('approved', { schema })).toEqualTypeOf<TaskFuture<{ by: string }>>();
});
