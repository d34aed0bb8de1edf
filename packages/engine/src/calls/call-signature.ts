/**
 * The call signatures of tasks and flows. Types only.
 *
 * `Parameters` and `ReturnType` make `unknown` of a function's own type parameters, and TypeScript has no way to compute a
 * generic signature from another. So a generic body's signature is passed on as it is where it is a call's already (it
 * gives a promise), and is made anew for the commonest one that isn't (it gives back its first argument).
 */
import type { UserArgs } from './arguments.ts';

type AnyFunction = (...args: never[]) => unknown;

/** Whether the function has type parameters of its own, or several signatures: what is read off it does not fit it then. */
type IsGeneric<TBody extends AnyFunction> = [keyof TBody] extends [never]
  ? ((...args: Parameters<TBody>) => ReturnType<TBody>) extends TBody
    ? false
    : true
  : false;

/** A body that gives back its first argument. */
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
