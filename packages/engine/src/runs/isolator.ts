/**
 * The port of isolation: runs bodies outside the event loop of the caller, in worker threads and processes.
 */
import type { TaskDefinition } from '../definitions/definition.ts';

/** One body to run in a worker. */
export interface IsolatedCall<TFrame> {
  readonly definition: TaskDefinition;
  readonly args: readonly unknown[];
  readonly mode: 'thread' | 'process';
  /** The frame of the run. When the run is aborted, the body gets a message, and is killed if it ignores that. */
  readonly frame: TFrame;
  /** How many threads or processes at most. */
  readonly size: number;
  /** Called when the body starts: the waits for a permit and a worker do not count as its time. */
  readonly onBegin: () => void;
}

/** Runs bodies in threads and processes: see the head of this file. */
export interface Isolator<TFrame> {
  /**
   * Runs the body in a worker and returns its value.
   *
   * @throws NotTransferable when an argument can't cross, before the call is sent; RunCrashed when the worker died
   */
  run(call: IsolatedCall<TFrame>): Promise<unknown>;
  close(): Promise<void>;
}
