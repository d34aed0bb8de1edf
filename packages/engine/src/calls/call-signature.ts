/**
 * The call signatures of tasks and flows. Types only.
 *
 * `Parameters` and `ReturnType` make `unknown` of a function's own type parameters, and TypeScript has no way to compute a
 * generic signature from another. So the signature of a generic body is kept if it already returns a promise, and is
 * rebuilt for the most common body that does not: one that returns its first argument.
 */
import type { UserArgs } from './arguments.ts';

type AnyFunction = (...args: never[]) => unknown;

/** Whether the function has type parameters of its own, or several signatures: then inferred types do not fit it. */
type IsGeneric<TBody extends AnyFunction> = [keyof TBody] extends [never]
  ? ((...args: Parameters<TBody>) => ReturnType<TBody>) extends TBody
    ? false
    : true
  : false;

/** A body that returns its first argument. */
type Identity<TFirst, TRest extends readonly unknown[]> = <T extends TFirst>(first: T, ...rest: TRest) => T;

/** The generic signature of a call; never = the body has none, or none that can be kept. */
type GenericCall<TBody extends AnyFunction> =
  IsGeneric<TBody> extends false
    ? never
    : Parameters<TBody> extends UserArgs<Parameters<TBody>>
      ? ReturnType<TBody> extends Promise<unknown>
        ? NoInfer<TBody>
        : Parameters<TBody> extends [infer TFirst, ...infer TRest]
          ? TBody extends Identity<TFirst, TRest>
            ? <T extends TFirst>(first: T, ...rest: TRest) => Promise<Awaited<T>>
            : never
          : never
      : never;

/** The task or flow, with the generic signature of its body where that can be kept: without futures as arguments then. */
export type WithCall<TBody extends AnyFunction, TCallable> = [GenericCall<TBody>] extends [never]
  ? TCallable
  : GenericCall<TBody> & Pick<TCallable, keyof TCallable>;
