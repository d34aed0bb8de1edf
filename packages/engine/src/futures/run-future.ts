/**
 * The future of a run: a thenable that can be awaited, passed on, cancelled, or ignored.
 *
 * Promises are made lazily: a failure becomes a rejection only where the future is awaited, so an ignored future never causes an
 * `unhandledRejection`. The scope reports the failure instead.
 */
import type { Run } from '../runs/model.ts';
import { formatDuration, knownToCopies, parseDuration } from '@millrace/kernel';
import type { Duration } from '@millrace/kernel';
import type { State } from '../definitions/state.ts';
import { currentFrame } from '../runs/frame.ts';
import { cancelReason } from '../runs/cancel-reason.ts';
import { stateOf } from '../runs/shown-state.ts';
import { waitForAny, waitForRun } from '../runs/waiting.ts';

/** The key by which another copy of this package reads the run. */
const run = Symbol.for('millrace.future.run');

/** The options of `.result()`. */
export type ResultOptions = { readonly raise?: boolean };

/**
 * The future of a task or flow run.
 *
 * @example
 * const future = fetchUser.submit(7);
 * const user = await future;
 */
export class RunFuture<T> implements Promise<T> {
  readonly [Symbol.toStringTag] = 'RunFuture';
  readonly #run: Run;

  /** @internal Made by the engine only. */
  constructor(run: Run) {
    this.#run = run;
  }

  /** The run's id (a UUID). */
  get id(): string {
    return this.#run.id;
  }

  get name(): string {
    return this.#run.name;
  }

  /** The state as it is now. */
  get state(): State<T> {
    if (this.#run.settlement !== 'pending') this.#run.observe();
    return stateOf<T>(this.#run);
  }

  /**
   * The run's value, once recorded.
   *
   * @param options `raise: false` returns the error as the value
   * @throws the error of the run's code; `UpstreamError`, `RunCancelled`, ... when it never got that far
   */
  result(options: { readonly raise: false }): Promise<T | Error>;
  result(options?: ResultOptions): Promise<T>;
  result(options?: ResultOptions): Promise<T | Error> {
    return options?.raise === false
      ? new Lazy(this.#run, resultOrError<T>)
      : (new Lazy(this.#run, resultOf<T>) as Promise<T>);
  }

  /**
   * Waits until the run has ended, or the time is up; never throws for a failed run.
   *
   * @param timeout the longest wait; absent = no limit
   * @returns the state then
   */
  async wait(timeout?: Duration): Promise<State<T>> {
    this.#run.observe();
    if (timeout === undefined) await waitForRun(this.#run);
    else await this.#waitAtMost(parseDuration(timeout, 'timeout'));
    return stateOf<T>(this.#run);
  }

  /**
   * Cancels the run and all it started. Does nothing when it has ended.
   *
   * @param reason one sentence for people; default `cancelled by its caller`
   */
  cancel(reason = 'cancelled by its caller'): void {
    this.#run.observe();
    this.#run.runtime.cancel(this.#run, cancelReason(reason));
  }

  then<TValue = T, TError = never>(
    onValue?: ((value: T) => TValue | PromiseLike<TValue>) | null,
    onError?: ((error: unknown) => TError | PromiseLike<TError>) | null,
  ): Promise<TValue | TError> {
    return thenRun(this.#run, resultOf<T>, [onValue, onError]);
  }

  catch<TError = never>(onError?: ((error: unknown) => TError | PromiseLike<TError>) | null): Promise<T | TError> {
    return this.then(null, onError);
  }

  finally(onEnd?: (() => void) | null): Promise<T> {
    return this.then().finally(onEnd);
  }

  /** @internal */
  static runOf(future: RunFuture<unknown>): Run {
    return future[run]();
  }

  /** @internal */
  [run](): Run {
    return this.#run;
  }

  async #waitAtMost(timeoutMs: number): Promise<void> {
    const run = this.#run;
    if (run.settlement !== 'pending') return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = run.runtime.clock.setTimer(timeoutMs, resolve);
    run.onSettled(resolve);
    await waitForAny([run], { frame: currentFrame(), arrived: () => promise });
    timer.cancel();
    run.offSettled(resolve);
  }

  toString(): string {
    return `RunFuture(${this.name}, ${formatDuration(Math.max(0, this.#run.runtime.clock.now() - this.#run.state.at))} ${this.#run.state.name})`;
  }
}

knownToCopies('RunFuture', RunFuture);

/** A promise of something about a run. It is made when it is awaited. */
class Lazy<T> implements Promise<T> {
  readonly [Symbol.toStringTag] = 'RunResult';
  readonly #run: Run;
  readonly #read: (run: Run) => T;

  constructor(run: Run, read: (run: Run) => T) {
    this.#run = run;
    this.#read = read;
  }

  then<TValue = T, TError = never>(
    onValue?: ((value: T) => TValue | PromiseLike<TValue>) | null,
    onError?: ((error: unknown) => TError | PromiseLike<TError>) | null,
  ): Promise<TValue | TError> {
    return thenRun(this.#run, this.#read, [onValue, onError]);
  }

  catch<TError = never>(onError?: ((error: unknown) => TError | PromiseLike<TError>) | null): Promise<T | TError> {
    return this.then(null, onError);
  }

  finally(onEnd?: (() => void) | null): Promise<T> {
    return this.then().finally(onEnd);
  }
}

type Handlers<T, TValue, TError> = readonly [
  ((value: T) => TValue | PromiseLike<TValue>) | null | undefined,
  ((error: unknown) => TError | PromiseLike<TError>) | null | undefined,
];

function thenRun<T, TValue, TError>(
  run: Run,
  read: (run: Run) => T,
  [onValue, onError]: Handlers<T, TValue, TError>,
): Promise<TValue | TError> {
  run.observe();
  const frame = currentFrame();
  const { looking } = run;
  return (looking === null ? waitForRun(run, frame) : looking.then(() => waitForRun(run, frame)))
    .then(() => read(run))
    .then(onValue, onError);
}

function resultOf<T>(run: Run): T {
  if (run.settlement === 'failed') throw run.value;
  return run.value as T;
}

function resultOrError<T>(run: Run): T | Error {
  return run.value as T | Error;
}
