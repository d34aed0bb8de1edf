/** No `any` leaks: what each form of a call gives has the type that the body gave, and what blocks hand over is typed. */
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import {
  allowFailure,
  artifact,
  concurrency,
  context,
  flow,
  pause,
  type Progress,
  rerun,
  resume,
  type RunContext,
  type RunHandle,
  type RunView,
  runOf,
  scope,
  type ScopeHandle,
  type State,
  step,
  suspend,
  tags,
  task,
  type TaskFuture,
  type TaskFutureList,
  transaction,
  unmapped,
  variable,
  waitForSignal,
} from '../index.ts';

interface User {
  readonly id: number;
  readonly name: string;
}
const fetchUser = task({ name: 'fetch-user', retries: 3 }, async (id: number): Promise<User> => ({ id, name: 'ann' }));
const load = flow('load', async (ids: number[]) => fetchUser.map(ids));
const nothing = task('nothing', () => {});
const maybe = task('maybe', (id: number) => (id === 0 ? undefined : 'one'));

test('every form of a task gives what its body gives', () => {
  expectTypeOf(fetchUser(1)).toEqualTypeOf<Promise<User>>();
  expectTypeOf(fetchUser.submit(1).result()).toEqualTypeOf<Promise<User>>();
  expectTypeOf(fetchUser.submit(1).result({ raise: false })).toEqualTypeOf<Promise<User | Error>>();
  expectTypeOf(fetchUser.submit(1).state).toEqualTypeOf<State<User>>();
  expectTypeOf(fetchUser.submit(1).wait('1s')).toEqualTypeOf<Promise<State<User>>>();
  expectTypeOf(fetchUser.state(1)).toEqualTypeOf<Promise<State<User>>>();
  expectTypeOf<Awaited<ReturnType<typeof fetchUser.state>>['error']>().toBeUnknown();
  expectTypeOf<Awaited<ReturnType<typeof fetchUser.state>>['value']>().toEqualTypeOf<User | undefined>();
  expectTypeOf(fetchUser.with({ retries: 1 })(1)).toEqualTypeOf<Promise<User>>();
  expectTypeOf(nothing()).toEqualTypeOf<Promise<void>>();
  expectTypeOf(maybe(1)).toEqualTypeOf<Promise<'one' | undefined>>();
});

test('every form of a map gives a list of what the body gives', () => {
  const users = fetchUser.map([1]);
  expectTypeOf(users).toEqualTypeOf<TaskFutureList<User>>();
  expectTypeOf(users).resolves.toEqualTypeOf<User[]>();
  expectTypeOf(users.result()).toEqualTypeOf<Promise<User[]>>();
  expectTypeOf(users.at(0)).toEqualTypeOf<TaskFuture<User> | undefined>();
  expectTypeOf(Promise.all(users)).toEqualTypeOf<Promise<User[]>>();
  for (const future of users) expectTypeOf(future).toEqualTypeOf<TaskFuture<User>>();
  expectTypeOf(fetchUser.with({ retries: 1 }).map([1])).toEqualTypeOf<TaskFutureList<User>>();
});

test('a flow, its handle and what resumes it', () => {
  expectTypeOf(load([1])).toEqualTypeOf<Promise<User[]>>();
  expectTypeOf(load.start([1])).toEqualTypeOf<Promise<RunHandle<User[]>>>();
  expectTypeOf<RunHandle<User[]>['result']>().returns.toEqualTypeOf<Promise<User[]>>();
  expectTypeOf<RunHandle<User[]>['state']>().returns.toEqualTypeOf<Promise<State<User[]>>>();
  expectTypeOf(load.state([1])).toEqualTypeOf<Promise<State<User[]>>>();
  expectTypeOf(resume('id')).resolves.not.toBeAny();
  expectTypeOf(rerun('id')).resolves.not.toBeAny();
  // @ts-expect-error a handle's argument is the flow's
  load.start(['1']);
});

test('a map of several parameters checks each', () => {
  const label = task('label', (user: User, prefix: string) => `${prefix}${user.name}`);
  expectTypeOf(label.map(fetchUser.map([1]), 'x')).toEqualTypeOf<TaskFutureList<string>>();
  label.map([{ id: 1, name: 'ann' }], unmapped('x'));
  label.map([fetchUser.submit(1)], 'x');
  // @ts-expect-error elements without a name
  label.map([{ id: 1 }], 'x');
  // @ts-expect-error futures of another type
  label.map(maybe.map([1]), 'x');
  // @ts-expect-error a wrong unmapped value
  label.map([{ id: 1, name: 'ann' }], unmapped(1));
  // @ts-expect-error too few
  label.map([{ id: 1, name: 'ann' }]);
  // @ts-expect-error a state where a user is meant
  label(allowFailure(fetchUser.submit(1)), 'x');
});

test('blocks give what their body gives', () => {
  expectTypeOf(concurrency('db', () => 1)).toEqualTypeOf<Promise<number>>();
  expectTypeOf(concurrency('db', { occupy: 1 }, async () => 'a')).toEqualTypeOf<Promise<string>>();
  expectTypeOf(tags('nightly', () => 1)).toEqualTypeOf<number>();
  expectTypeOf(step('stamp', async () => 1)).toEqualTypeOf<TaskFuture<number>>();
  expectTypeOf(transaction({ key: 'k' }, async () => 1)).toEqualTypeOf<Promise<number>>();
  expectTypeOf(
    scope(async (inner) => {
      expectTypeOf(inner).toEqualTypeOf<ScopeHandle>();
      return 1;
    }),
  ).toEqualTypeOf<Promise<number>>();
  // @ts-expect-error there is no such way to fail
  void scope(() => 1, { onFailure: 'stop' });
  // @ts-expect-error a mistyped option
  void concurrency('db', { ocupy: 1 }, () => 1);
});

test('what comes from outside is typed by its schema, or unknown', () => {
  const input = z.object({ n: z.coerce.number() });
  expectTypeOf(pause({ input })).toEqualTypeOf<Promise<{ n: number }>>();
  expectTypeOf(suspend({ input })).toEqualTypeOf<Promise<{ n: number }>>();
  expectTypeOf(pause()).toEqualTypeOf<Promise<unknown>>();
  expectTypeOf(waitForSignal('ok')).toEqualTypeOf<TaskFuture<unknown>>();
  expectTypeOf(variable.get('region')).toEqualTypeOf<Promise<unknown>>();
  expectTypeOf(variable.get<string>('region')).toEqualTypeOf<Promise<string | undefined>>();
});

test('the context and what is around a run', () => {
  expectTypeOf(context()).toEqualTypeOf<RunContext>();
  expectTypeOf<RunContext['parameters']>().toEqualTypeOf<Readonly<Record<string, unknown>>>();
  expectTypeOf<RunContext['flowRun']>().toEqualTypeOf<RunView | undefined>();
  expectTypeOf<RunContext['signal']>().toEqualTypeOf<AbortSignal>();
  expectTypeOf(runOf(new Error('x'))).toEqualTypeOf<RunView | undefined>();
  expectTypeOf(artifact.progress({ progress: 0 })).toEqualTypeOf<Promise<Progress>>();
});

test('hooks and functions among the options get typed arguments', () => {
  task(
    {
      name: 'hooked',
      onFailure: (run, state) => {
        expectTypeOf(run).toEqualTypeOf<RunView>();
        expectTypeOf(state.error).toBeUnknown();
      },
      retryWhen: (error) => {
        expectTypeOf(error).toBeUnknown();
        return true;
      },
      runName: (given) => {
        expectTypeOf(given).toEqualTypeOf<RunContext>();
        return 'x';
      },
    },
    () => 1,
  );
  // @ts-expect-error a flow has no cache
  flow({ name: 'x', refreshCache: true }, () => 1);
  // @ts-expect-error a task has no runner
  task({ name: 'x', unobserved: 'ignore' }, () => 1);
});
