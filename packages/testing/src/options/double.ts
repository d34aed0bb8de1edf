/** The types of doubles for task bodies. */
import type { CallOptions, TaskContext } from '@millrace/engine';

/** The parts of a task that `mock` uses. */
export interface Mockable {
  readonly taskName: string;
  with(options: never): unknown;
}

/** A function with the parameters of a task, then the context, and with the task's result. */
export type DoubleOf<TTask> = TTask extends { with(options: infer TOptions): unknown }
  ? TOptions extends CallOptions<infer TArgs, infer TResult>
    ? (...args: [...TArgs, context: TaskContext]) => TResult | PromiseLike<TResult> | ItemsOf<TResult>
    : never
  : never;

/** The items of a generator are collected into the array. */
type ItemsOf<TResult> = TResult extends readonly (infer TItem)[]
  ? Generator<TItem, unknown, unknown> | AsyncGenerator<TItem, unknown, unknown>
  : never;
