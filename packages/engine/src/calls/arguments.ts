/**
 * The types of arguments: a value, a future of it, or a marked value.
 *
 * Types only; `futures/resolve-inputs.ts` resolves them at run time.
 */
import type { RunContext } from '../definitions/run-context.ts';
import type { AllowFailure, Unmapped } from '../definitions/annotations.ts';
import type { RunFuture } from '../futures/run-future.ts';
import type { RunFutureList } from '../futures/run-future-list.ts';
import type { State } from '../definitions/state.ts';

type Leaf =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | Date
  | RegExp
  | URL
  | Error
  | ArrayBufferView
  | ((...args: never[]) => unknown);

/** A value of type T, or something that becomes one before the body runs, at any depth of plain data. */
export type Input<T> =
  | T
  | RunFuture<T>
  | Tolerated<T>
  | (T extends readonly (infer TItem)[] ? RunFutureList<TItem> : never)
  | (T extends Leaf
      ? never
      : T extends Map<infer TKey, infer TValue>
        ? Map<TKey, Input<TValue>>
        : T extends Set<infer TItem>
          ? Set<Input<TItem>>
          : T extends object
            ? { [K in keyof T]: Input<T[K]> }
            : never);

/** The arguments of a call: each may be given as a future. */
export type Inputs<TArgs extends readonly unknown[]> = { [K in keyof TArgs]: Input<TArgs[K]> };

/** A marked future whose state is passed: for a state, or for the states of a map. */
type Tolerated<T> =
  State<unknown> extends T
    ? AllowFailure<unknown>
    : T extends State<infer TValue>
      ? AllowFailure<TValue>
      : T extends readonly State<infer TItem>[]
        ? AllowFailure<readonly TItem[]>
        : never;

/** Elements: anything iterable but bytes, which are a value. */
type Elements<TItem> = Iterable<TItem> & { readonly buffer?: never };

/** Typed arrays are arrays of numbers, except Uint8Array (and Buffer): bytes are a value. */
type NumberArrays =
  | Int8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;
type Numbers<T> =
  | (number extends T ? NumberArrays : never)
  | (bigint extends T ? BigInt64Array | BigUint64Array : never);

/** The argument of `.map` for a parameter of type T: one element per run, or one value for all runs. */
export type MapInput<T> =
  | Elements<Input<T>>
  | Numbers<T>
  | RunFutureList<T>
  | RunFuture<readonly T[]>
  | Unmapped<Input<T>>
  | Tolerated<T>
  | Tolerated<readonly T[]>
  | (T extends string | Uint8Array | DataView
      ? T | RunFuture<T>
      : T extends Iterable<unknown>
        ? never
        : T | RunFuture<T>);

/** The arguments of `.map`: elements, or one value for all runs, for each parameter. */
export type MapInputs<TArgs extends readonly unknown[]> = { [K in keyof TArgs]: MapInput<TArgs[K]> };

/** A function's parameters without the context that the engine passes last: one whose type is a context's, or a part of it. */
export type UserArgs<TParameters extends readonly unknown[]> = TParameters extends readonly [
  ...infer TRest,
  infer TLast,
]
  ? [RunContext] extends [TLast]
    ? [keyof TLast] extends [never]
      ? TParameters
      : unknown extends TLast
        ? TParameters
        : TRest
    : TParameters
  : TParameters;

/** The type of the items that a generator yields; never for other bodies. */
export type ItemOf<TReturn> = unknown extends TReturn
  ? never
  : TReturn extends AsyncGenerator<infer TYield, unknown, unknown>
    ? TYield
    : TReturn extends Generator<infer TYield, unknown, unknown>
      ? TYield
      : never;

/** The type of a run's value: the awaited return value, or for generators the array of yielded items. */
export type ResultOf<TReturn> =
  TReturn extends AsyncGenerator<infer TYield, unknown, unknown>
    ? TYield[]
    : TReturn extends Generator<infer TYield, unknown, unknown>
      ? TYield[]
      : TReturn extends RunFutureList<infer TItem>
        ? TItem[]
        : Awaited<TReturn>;
