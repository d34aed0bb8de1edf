/**
 * Port of what runs bodies outside the caller's loop: worker threads and processes.
 */
import type { TaskDefinition } from '../definitions/definition.ts';

/** One body to run elsewhere. */
export interface IsolatedCall<TFrame> {
  readonly definition: TaskDefinition;
  readonly args: readonly unknown[];
  readonly mode: 'thread' | 'process';
  /** Of the run: when that is aborted, the body is told, and killed if it ignores it. */
  readonly frame: TFrame;
  /** How many threads or processes at most. */
  readonly size: number;
  /** Told when the body begins: what comes before, a place and a worker to wait for, is no time of its own. */
  readonly onBegin: () => void;
}

/** Runs bodies in threads and processes: see the head of this file. */
export interface Isolator<TFrame> {
  /**
   * Runs the body elsewhere and gives its value.
   *
   * @throws NotTransferable when an argument can't cross, before anything is sent; RunCrashed when the worker died
   */
  run(call: IsolatedCall<TFrame>): Promise<unknown>;
  close(): Promise<void>;
}
