/** `flow()`: makes a function a flow. Its calls are recorded, can be resumed, and are the scope of the tasks and flows that they call. */
import type { RunContext } from '../definitions/run-context.ts';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { enqueueRun } from './enqueue.ts';
import { startHandle, type RunHandle } from './handle.ts';
import { currentRuntime } from '../runs/default-runtime.ts';
import { mapRuns } from '../futures/map.ts';
import { type CallOf, type FutureOf, ItemsFuture } from '../futures/items-future.ts';
import type { RunFuture } from '../futures/run-future.ts';
import type { RunFutureList } from '../futures/run-future-list.ts';
import { type WaitFor, waitingFor } from '../futures/wait-for.ts';
import type { Inputs, ItemOf, MapInputs, ResultOf, UserArgs } from './arguments.ts';
import type { WithCall } from './call-signature.ts';
import { copiedOptions, definitionArguments } from '../definitions/option-kinds.ts';
import { defineFlow, type FlowDefinition } from '../definitions/definition.ts';
import type { FlowOptions } from '../definitions/options.ts';
import { registerDefinition } from '../runs/registry.ts';
import { callerOf } from '../definitions/source-location.ts';
import type { State } from '../definitions/state.ts';

/** The future of a flow run. */
export type FlowRunFuture<T> = RunFuture<T>;

/** The options of one call beside those of the flow. */
export interface FlowCallOptions<TSchema extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined>
  extends FlowOptions<TSchema> {
  /** Futures that must have succeeded first; only the order matters. */
  readonly waitFor?: WaitFor;
}

/** A flow. See {@link flow}. */
export interface Flow<TArgs extends readonly unknown[], TResult, TItem = never> {
  /**
   * Runs it and resolves to its value, or rejects with the error that its code threw, the same object. Of a generator, the
   * items can be iterated as they come.
   */
  (...args: Inputs<TArgs>): CallOf<TResult, TItem>;
  readonly flowName: string;
  /** Starts it at once. */
  submit(...args: Inputs<TArgs>): FutureOf<TResult, TItem>;
  /** One flow run per element of the iterables. */
  map(...args: MapInputs<TArgs>): RunFutureList<TResult, FutureOf<TResult, TItem>>;
  /** Runs it and resolves to its final state; never rejects. */
  state(...args: Inputs<TArgs>): Promise<State<TResult>>;
  /** A copy with other options. */
  with(options: FlowCallOptions): Flow<TArgs, TResult, TItem>;
  /**
   * Starts an outermost run and resolves to its handle once it is recorded. With an `idempotencyKey` the same key gives
   * the same run: its result if it has ended, taken up where it was if its process is dead.
   */
  start(...args: Inputs<TArgs>): Promise<RunHandle<TResult>>;
  /**
   * Records an outermost run and resolves to its handle once it is durable: a process that serves the flow starts it.
   * The arguments are checked here. With an `idempotencyKey` the same key gives the same run. Within a run it is a step: a body that
   * is called again enqueues no second one.
   */
  enqueue(...args: Inputs<TArgs>): Promise<RunHandle<TResult>>;
}

type AnyFunction = (...args: never[]) => unknown;
type ArgsOf<TBody extends AnyFunction> = UserArgs<Parameters<TBody>>;
type FlowOf<TBody extends AnyFunction> = WithCall<
  TBody,
  Flow<ArgsOf<TBody>, ResultOf<ReturnType<TBody>>, ItemOf<ReturnType<TBody>>>
>;

/**
 * Makes a function a flow.
 *
 * Every run that its body starts ends before the flow run does. After a crash its body is called again, and recorded calls return
 * their recorded values. With `input`, it takes one object, validated and coerced by that schema before the run begins.
 *
 * @param nameOrOptions the name, or all options
 * @param body the function; sync, async or a generator
 * @throws ConfigurationError when there is no name or an option is out of range; InvalidNameError; DurationError
 * @example
 * const sums = flow('sums', async (n: number) => {
 *   const doubled = double.map(Array.from({ length: n }, (_, i) => i));
 *   return (await doubled).reduce((a, b) => a + b, 0);
 * });
 */
export function flow<TSchema extends StandardSchemaV1, TReturn>(
  options: FlowOptions<TSchema> & { readonly input: TSchema },
  body: (input: StandardSchemaV1.InferOutput<TSchema>, context: RunContext) => TReturn,
): Flow<[input: StandardSchemaV1.InferInput<TSchema>], ResultOf<TReturn>, ItemOf<TReturn>>;
export function flow<TBody extends AnyFunction>(
  nameOrOptions: string | FlowOptions<undefined>,
  body: TBody,
): FlowOf<TBody>;
export function flow<TBody extends AnyFunction>(body: TBody): FlowOf<TBody>;
export function flow(
  first: string | FlowOptions | AnyFunction,
  second?: AnyFunction,
): Flow<readonly unknown[], unknown> {
  const [options, body] = definitionArguments<FlowOptions>('flow', [first, second]);
  const definition = defineFlow(options, { body, location: callerOf(flow) });
  registerDefinition(definition);
  return flowOver(definition, options);
}

function flowOver(definition: FlowDefinition, options: FlowCallOptions): Flow<readonly unknown[], unknown> {
  const starting = waitingFor(definition.name, options);
  const submit = (...args: readonly unknown[]): ItemsFuture<unknown> =>
    new ItemsFuture(currentRuntime().start(definition, args, starting));
  const callable = (...args: readonly unknown[]): Promise<unknown> => submit(...args);
  Object.defineProperty(callable, 'name', { value: definition.name });
  return Object.assign(callable, {
    flowName: definition.name,
    submit,
    map: (...args: readonly unknown[]) => mapRuns<unknown>(definition, args, starting),
    state: async (...args: readonly unknown[]) => await submit(...args).wait(),
    with: (more: FlowCallOptions) => {
      const merged = copiedOptions(definition.name, options, more);
      const original = definition.original ?? definition;
      return flowOver({ ...defineFlow(merged, definition), original }, merged);
    },
    start: (...args: readonly unknown[]) => startHandle<unknown>(definition, args, starting),
    enqueue: (...args: readonly unknown[]) => enqueueRun<unknown>({ definition, args }, starting),
  });
}
