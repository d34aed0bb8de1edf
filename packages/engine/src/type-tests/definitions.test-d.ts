/** Calls that compile, and calls that do not: durations, generic bodies, transaction hooks. */
import { expectTypeOf, test } from 'vitest';
import { flow, type RunView, sleep, task, type TaskContext, type TransactionHook } from '../index.ts';

test('a duration is a number or amounts with units', () => {
  task({ name: 'a', timeout: '30s', retries: 2, retryDelay: ['250ms', '1.5s', 2000] }, () => 1);
  task({ name: 'b', timeout: '1h30m', cacheExpiration: '1d', retryDelay: (n) => [n, '5s'] }, () => 1);
  flow({ name: 'c', timeout: '2d 12h' }, () => 1);
  const minutes = 5;
  flow({ name: 'd', timeout: `${minutes}m` }, () => 1);
  void sleep('1d');
  // @ts-expect-error no unit of time
  task({ name: 'e', timeout: '5 parsecs' }, () => 1);
  // @ts-expect-error no unit
  flow({ name: 'f', timeout: '5' }, () => 1);
  // @ts-expect-error the larger unit comes first
  void sleep('30m1h');
  // @ts-expect-error nothing
  void sleep('');
  // @ts-expect-error one of the delays
  task({ name: 'g', retryDelay: ['1s', 'soon'] }, () => 1);
});

test('a generic body keeps its type parameter when it is called', () => {
  const identity = task('identity', <T>(value: T) => value);
  expectTypeOf(identity(1 as number)).toEqualTypeOf<Promise<number>>();
  const later = task({ name: 'later', retries: 1 }, async <T>(value: T) => [value]);
  expectTypeOf(later('a' as string)).toEqualTypeOf<Promise<string[]>>();
  const pick = task('pick', async <T, K extends keyof T>(from: T, key: K) => from[key]);
  expectTypeOf(pick({ a: 1, b: 'x' }, 'b')).toEqualTypeOf<Promise<string>>();
  // @ts-expect-error no such key
  void pick({ a: 1 }, 'b');
  const bounded = flow('bounded', async <T extends { id: number }>(value: T) => value);
  expectTypeOf(bounded({ id: 1, name: 'x' })).toEqualTypeOf<Promise<{ id: number; name: string }>>();
  // @ts-expect-error not within the bound
  void bounded({ name: 'x' });
  expectTypeOf(identity.submit(1)).not.toBeAny();
  expectTypeOf(identity.taskName).toEqualTypeOf<string>();
  void bounded.start({ id: 1 });
});

test('other bodies are as they were', () => {
  const anything = task('anything', (n: number) => JSON.parse(String(n)));
  // @ts-expect-error a wrong argument
  void anything('x');
  const throws = task('throws', (_: number): never => {
    throw new Error('always');
  });
  expectTypeOf(throws(1)).toEqualTypeOf<Promise<never>>();
  const guard = task('guard', (value: unknown): value is string => typeof value === 'string');
  expectTypeOf(guard(1)).toEqualTypeOf<Promise<boolean>>();
  const optional = task('optional', (n: number, by = 2, ...rest: string[]) => n * by + rest.length);
  expectTypeOf(optional(1, optional.submit(2), 'a')).toEqualTypeOf<Promise<number>>();
});

test('transaction hooks get the arguments and the result of their task', () => {
  const book = task(
    {
      name: 'book',
      retries: 2,
      onCommit: (_tx, { run }) => expectTypeOf(run).toEqualTypeOf<RunView>(),
      onRollback: [
        (tx, { parameters: [city, seats], result, missing }) => {
          expectTypeOf(city).toEqualTypeOf<string>();
          expectTypeOf(seats).toEqualTypeOf<number | undefined>();
          expectTypeOf(result).toEqualTypeOf<{ id: string }>();
          expectTypeOf(missing).toEqualTypeOf<Error | undefined>();
          expectTypeOf(tx.get('x')).toEqualTypeOf<unknown>();
        },
      ],
    },
    async (city: string, seats?: number, _context?: TaskContext) => ({ id: `${city}${seats}` }),
  );
  expectTypeOf(book('x')).toEqualTypeOf<Promise<{ id: string }>>();
  void book.with({ onRollback: (_tx, { result }) => expectTypeOf(result).toEqualTypeOf<{ id: string }>() });
  const defaulted = task(
    { name: 'defaulted', onRollback: (_tx, { parameters, result }) => [parameters[0], result] },
    async (city: string, seats = 1) => `${city}${seats}`,
  );
  expectTypeOf(defaulted('x', 2)).toEqualTypeOf<Promise<string>>();
  // @ts-expect-error a wrong argument
  void defaulted(1);
  const anyTask: TransactionHook = (_tx, { parameters, result }) => [parameters['city'], parameters[0], result];
  task({ name: 'with-shared-hook', onRollback: anyTask }, (n: number) => n);
});

test('asCompleted gives futures, not their values', async () => {
  const double = task('double', async (n: number) => n * 2);
  for await (const future of double.map([1]).asCompleted()) {
    expectTypeOf(future.name).toEqualTypeOf<string>();
    expectTypeOf(await future.result()).toEqualTypeOf<number>();
    expectTypeOf(await future.result({ raise: false })).toEqualTypeOf<number | Error>();
  }
});
