/** `task()`: makes a function a task. Its calls are recorded, and can be retried, cached and mapped. */
import { currentRuntime } from '../runs/default-runtime.ts';
import { mapRuns } from '../futures/map.ts';
import { type CallOf, type FutureOf, ItemsFuture } from '../futures/items-future.ts';
import type { RunFuture } from '../futures/run-future.ts';
import type { RunFutureList } from '../futures/run-future-list.ts';
import { type WaitFor, waitingFor } from '../futures/wait-for.ts';
import type { Inputs, ItemOf, MapInputs, ResultOf, UserArgs } from './arguments.ts';
import type { WithCall } from './call-signature.ts';
import { copiedOptions, definitionArguments } from '../definitions/option-kinds.ts';
import { defineTask, type TaskDefinition } from '../definitions/definition.ts';
import type { TaskOptions } from '../definitions/options.ts';
import { registerDefinition } from '../runs/registry.ts';
import { callerOf } from '../definitions/source-location.ts';
import type { State } from '../definitions/state.ts';

/** The future of a task run. */
export type TaskFuture<T> = RunFuture<T>;
/** The futures of a task's map. */
export type TaskFutureList<T> = RunFutureList<T>;

/** The options of one call beside those of the task. */
export interface CallOptions<TArgs extends readonly unknown[] = readonly unknown[], TResult = unknown>
  extends TaskOptions<TArgs, TResult> {
  /** Futures that must have succeeded first; only the order matters. */
  readonly waitFor?: WaitFor;
}

/** A task. See {@link task}. */
export interface Task<TArgs extends readonly unknown[], TResult, TItem = never> {
  /**
   * Runs it and resolves to its value, or rejects with the error that its code threw, the same object. Of a generator, the
   * items can be iterated as they come.
   */
  (...args: Inputs<TArgs>): CallOf<TResult, TItem>;
  readonly taskName: string;
  /** Starts it at once. */
  submit(...args: Inputs<TArgs>): FutureOf<TResult, TItem>;
  /**
   * One run per element of the iterables; other arguments, text, plain objects and `unmapped(x)` go to every run.
   *
   * @throws MapLengthError when lengths differ; MapMissingIterable when nothing is iterable; MapEndlessIterable
   */
  map(...args: MapInputs<TArgs>): RunFutureList<TResult, FutureOf<TResult, TItem>>;
  /** Runs it and resolves to its final state; never rejects. */
  state(...args: Inputs<TArgs>): Promise<State<TResult>>;
  /** A copy with other options. */
  with(options: CallOptions<TArgs, TResult>): Task<TArgs, TResult, TItem>;
}

type AnyFunction = (...args: never[]) => unknown;
type ArgsOf<TBody extends AnyFunction> = UserArgs<Parameters<TBody>>;
type TaskOf<TBody extends AnyFunction> = WithCall<
  TBody,
  Task<ArgsOf<TBody>, ResultOf<ReturnType<TBody>>, ItemOf<ReturnType<TBody>>>
>;

/**
 * The options with hooks that are typed by the body; never where TypeScript has to type the hooks before it knows the body,
 * which it does for a parameter with a default and no annotation.
 */
type TaskOptionsOf<TBody extends AnyFunction> = AnyFunction extends TBody
  ? never
  : TaskOptions<ArgsOf<TBody>, ResultOf<ReturnType<TBody>>>;

/**
 * Makes a function a task.
 *
 * A call inside a flow is a task run of it; outside, a run of its own. The body gets the arguments with futures replaced
 * by their values, and its context last if its source asks for it: destructured (`{ signal }`), or by a name that is or ends in `ctx` or `context`.
 *
 * @param nameOrOptions the name, or all options
 * @param body the function; sync, async or a generator
 * @throws ConfigurationError when there is no name or an option is out of range; InvalidNameError; DurationError
 * @example
 * const fetchUser = task({ name: 'fetch-user', retries: 3, retryDelay: ['1s', '5s'] }, async (id: number, { signal }: TaskContext) =>
 *   (await fetch(`https://example.com/users/${id}`, { signal })).json());
 */
export function task<TBody extends AnyFunction>(
  nameOrOptions: string | TaskOptionsOf<TBody>,
  body: TBody,
): TaskOf<TBody>;
export function task<TBody extends AnyFunction>(options: TaskOptions, body: TBody): TaskOf<TBody>;
export function task<TBody extends AnyFunction>(body: TBody): TaskOf<TBody>;
export function task(
  first: string | TaskOptions<never, never> | AnyFunction,
  second?: AnyFunction,
): Task<readonly unknown[], unknown> {
  const [options, body] = definitionArguments<TaskOptions>('task', [first, second]);
  const definition = defineTask(options, { body, location: callerOf(task) });
  registerDefinition(definition);
  return taskOver(definition, options);
}

function taskOver(definition: TaskDefinition, options: CallOptions): Task<readonly unknown[], unknown> {
  const starting = waitingFor(definition.name, options);
  const submit = (...args: readonly unknown[]): ItemsFuture<unknown> =>
    new ItemsFuture(currentRuntime().start(definition, args, starting));
  const callable = (...args: readonly unknown[]): Promise<unknown> => submit(...args);
  Object.defineProperty(callable, 'name', { value: definition.name });
  return Object.assign(callable, {
    taskName: definition.name,
    submit,
    map: (...args: readonly unknown[]) => mapRuns<unknown>(definition, args, starting),
    state: async (...args: readonly unknown[]) => await submit(...args).wait(),
    with: (more: CallOptions) => {
      const merged = copiedOptions(definition.name, options, more);
      // A copy is found where the original was defined.
      const original = definition.original ?? definition;
      return taskOver({ ...defineTask(merged, definition), original }, merged);
    },
  });
}
