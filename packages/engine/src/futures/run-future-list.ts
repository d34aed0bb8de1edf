/**
 * The futures of a map: one thenable for all, iterable as single futures, and iterable as they complete.
 *
 * The length of a map over a future is unknown until that future has settled; until then the map can be awaited but not iterated
 * synchronously.
 */
import type { Frame, Run } from '../runs/model.ts';
import { ConfigurationError, knownToCopies } from '@millrace/kernel';
import type { Duration } from '@millrace/kernel';
import type { State } from '../definitions/state.ts';
import { currentFrame } from '../runs/frame.ts';
import { stateOf } from '../runs/shown-state.ts';
import { ItemsFuture } from './items-future.ts';
import { RunFuture, type ResultOptions } from './run-future.ts';
import { waitForAll, waitForAny, waitInFrame } from '../runs/waiting.ts';

/** A map whose length depends on futures. */
export interface Expansion {
  readonly upstreams: readonly Run[];
  /** Rejects only when the scope was closed meanwhile. */
  readonly runs: Promise<readonly Run[]>;
}

/**
 * A future as `asCompleted` gives it: without `then` in its type, because TypeScript's `for await` would take the future for
 * its value. The value is `result()`'s.
 */
export type Arrived<TFuture> = Omit<TFuture, 'then' | 'catch' | 'finally' | typeof Symbol.toStringTag>;

/** The key by which another copy of this package reads the runs. */
const runs = Symbol.for('millrace.futures.runs');

/**
 * The futures of `.map`, in the order of the elements.
 *
 * @example
 * const doubled = double.map([1, 2, 3]);
 * console.log(await doubled); // [2, 4, 6]
 * for await (const future of double.map([1, 2, 3]).asCompleted()) console.log(await future.result());
 */
export class RunFutureList<T, TFuture = RunFuture<T>> implements Promise<T[]>, Iterable<TFuture> {
  readonly [Symbol.toStringTag] = 'RunFutureList';
  #runs: readonly Run[] | null;
  readonly #upstreams: readonly Run[];
  readonly #expansion: Promise<readonly Run[]>;

  /** @internal Made by the engine only. */
  constructor(runs: readonly Run[] | Expansion) {
    const isKnown = !('upstreams' in runs);
    this.#runs = isKnown ? runs : null;
    this.#upstreams = isKnown ? [] : runs.upstreams;
    this.#expansion = isKnown ? none : runs.runs.then((expanded) => (this.#runs = expanded));
    this.#expansion.catch(() => {});
  }

  /** How many runs there are. */
  get length(): number {
    return this.#known().length;
  }

  /** The future of one element; undefined when there is none. */
  at(index: number): TFuture | undefined {
    const run = this.#known().at(index);
    return run === undefined ? undefined : futureOf<TFuture>(run);
  }

  /** The states as they are now. */
  get states(): State<T>[] {
    return this.#known().map((run) => stateOf<T>(run));
  }

  *[Symbol.iterator](): Iterator<TFuture> {
    for (const run of this.#known()) yield futureOf<TFuture>(run);
  }

  /** The futures in the order in which they complete; TypeScript takes them for their values here: see `asCompleted`. */
  [Symbol.asyncIterator](): AsyncIterator<TFuture> {
    const arrivals = new Arrivals(currentFrame());
    const watching = (async () => arrivals.watch(this.#runs ?? (await this.#expanded())))();
    watching.catch(() => {});
    return {
      // Not an async generator: that would await each future it yields.
      next: async () => {
        await watching;
        const run = await arrivals.next();
        return run === undefined ? { done: true, value: undefined } : { done: false, value: futureOf<TFuture>(run) };
      },
    };
  }

  /**
   * The futures themselves, in the order in which they complete. A failure counts as observed once its result is read.
   *
   * @example
   * for await (const future of double.map([1, 2, 3]).asCompleted())
   *   console.log(future.name, await future.result({ raise: false }));
   */
  asCompleted(): AsyncIterable<Arrived<TFuture>> {
    return { [Symbol.asyncIterator]: () => this[Symbol.asyncIterator]() as AsyncIterator<Arrived<TFuture>> };
  }

  /**
   * All values, in order.
   *
   * @param options `raise: false` returns errors in place of values
   * @throws the first error, as soon as it happens
   */
  result(options: { readonly raise: false }): Promise<(T | Error)[]>;
  result(options?: ResultOptions): Promise<T[]>;
  result(options?: ResultOptions): Promise<(T | Error)[]> {
    if (options?.raise !== false) return new LazyList<T[]>(() => this.#values());
    return new LazyList<(T | Error)[]>(async () =>
      (await this.#settledRuns(false)).map((run) => run.value as T | Error),
    );
  }

  /** Waits until all have ended, or the time is up; never throws for failed runs. */
  async wait(timeout?: Duration): Promise<State<T>[]> {
    const runs = this.#runs ?? (await this.#expanded());
    await Promise.all(runs.map((run) => new RunFuture<T>(run).wait(timeout)));
    return this.states;
  }

  /** Cancels all that have not ended. */
  cancel(reason?: string): void {
    for (const run of this.#known()) new RunFuture<T>(run).cancel(reason);
  }

  then<TValue = T[], TError = never>(
    onValue?: ((value: T[]) => TValue | PromiseLike<TValue>) | null,
    onError?: ((error: unknown) => TError | PromiseLike<TError>) | null,
  ): Promise<TValue | TError> {
    return this.#values().then(onValue, onError);
  }

  catch<TError = never>(onError?: ((error: unknown) => TError | PromiseLike<TError>) | null): Promise<T[] | TError> {
    return this.then(null, onError);
  }

  finally(onEnd?: (() => void) | null): Promise<T[]> {
    return this.then().finally(onEnd);
  }

  /** @internal The runs, once they are known. */
  static runsOf(list: RunFutureList<unknown>): readonly Run[] | Promise<readonly Run[]> {
    return list[runs]();
  }

  /** @internal */
  [runs](): readonly Run[] | Promise<readonly Run[]> {
    return this.#runs ?? this.#expanded();
  }

  /** @internal The expansion that will give the runs; null = they are known. */
  static pendingOf(list: RunFutureList<unknown>): Expansion | null {
    return list.#runs === null ? { upstreams: list.#upstreams, runs: list.#expansion } : null;
  }

  /** The runs. Until their number is known, this code waits for the upstreams that it depends on. */
  async #expanded(): Promise<readonly Run[]> {
    const frame = currentFrame();
    const pending = this.#upstreams.filter((run) => run.settlement === 'pending');
    const arrived = (): Promise<void> =>
      this.#expansion.then(
        () => {},
        () => {},
      );
    if (frame !== undefined && pending.length > 0) await waitInFrame(frame, pending, arrived);
    return await this.#expansion;
  }

  #known(): readonly Run[] {
    if (this.#runs === null) {
      throw new ConfigurationError('This map waits for a future to know its length; await it before you iterate it.');
    }
    return this.#runs;
  }

  async #values(): Promise<T[]> {
    return (await this.#settledRuns(true)).map((run) => run.value as T);
  }

  async #settledRuns(raise: boolean): Promise<readonly Run[]> {
    const runs = this.#runs ?? (await this.#expanded());
    for (const run of runs) run.observe();
    const failed = await waitForAll(runs, { frame: currentFrame(), stopAtFailure: raise });
    if (raise && failed !== undefined) throw failed.value;
    return runs;
  }
}

knownToCopies('RunFutureList', RunFutureList);

const none: Promise<readonly Run[]> = Promise.resolve([]);

/** Every future can iterate; the types show this only where the body is a generator. */
function futureOf<TFuture>(run: Run): TFuture {
  return new ItemsFuture(run) as TFuture;
}

/** Runs in the order in which they settle. */
class Arrivals {
  readonly #frame: Frame | undefined;
  readonly #settled: Run[] = [];
  #runs: readonly Run[] = [];
  #given = 0;
  #wake: () => void = () => {};

  constructor(frame: Frame | undefined) {
    this.#frame = frame;
  }

  watch(runs: readonly Run[]): void {
    this.#runs = runs;
    for (const run of runs) {
      run.onSettled(() => {
        this.#settled.push(run);
        this.#wake();
      });
    }
  }

  /** The next run to have settled; undefined after the last. */
  async next(): Promise<Run | undefined> {
    const index = this.#given;
    if (index >= this.#runs.length) return undefined;
    this.#given += 1;
    if (this.#settled[index] === undefined)
      await waitForAny(this.#runs, { frame: this.#frame, arrived: () => this.#arrived(index) });
    return this.#settled[index];
  }

  #arrived(index: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#settled[index] === undefined) this.#wake = look;
        else resolve();
      };
      look();
    });
  }
}

class LazyList<T> implements Promise<T> {
  readonly [Symbol.toStringTag] = 'RunResults';
  readonly #read: () => Promise<T>;
  constructor(read: () => Promise<T>) {
    this.#read = read;
  }
  then<TValue = T, TError = never>(
    onValue?: ((value: T) => TValue | PromiseLike<TValue>) | null,
    onError?: ((error: unknown) => TError | PromiseLike<TError>) | null,
  ): Promise<TValue | TError> {
    return this.#read().then(onValue, onError);
  }
  catch<TError = never>(onError?: ((error: unknown) => TError | PromiseLike<TError>) | null): Promise<T | TError> {
    return this.then(null, onError);
  }
  finally(onEnd?: (() => void) | null): Promise<T> {
    return this.then().finally(onEnd);
  }
}
