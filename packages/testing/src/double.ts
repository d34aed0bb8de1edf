/** The types of what may stand for a task's body in a test. */
import type { CallOptions, TaskContext } from '@millrace/engine';

/** The part of a task that `mock` uses. */
export interface Mockable {
  readonly taskName: string;
  with(options: never): unknown;
}

/** A function with the parameters of a task, the context after them, that gives what the task gives. */
export type DoubleOf<TTask> = TTask extends { with(options: infer TOptions): unknown }
  ? TOptions extends CallOptions<infer TArgs, infer TResult>
    ? (...args: [...TArgs, context: TaskContext]) => TResult | PromiseLike<TResult> | ItemsOf<TResult>
    : never
  : never;

/** The items of a generator are collected into an array. */
type ItemsOf<TResult> = TResult extends readonly (infer TItem)[]
  ? Generator<TItem, unknown, unknown> | AsyncGenerator<TItem, unknown, unknown>
  : never;
