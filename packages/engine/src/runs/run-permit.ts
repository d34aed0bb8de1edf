/**
 * The permit of one run: one of the window of started runs (until the run has settled, because uncommitted runs are in memory) and, if the
 * user set a limit, one of the bodies at work (until the body ends). Both are given back while the run waits.
 */
import type { RunPermit } from './model.ts';
import type { Semaphore } from './semaphore.ts';

/** Started and unsettled runs of one flow run at once: bounds memory in wide maps. */
export const WINDOW_SIZE = 10_000;

export class PermitPool {
  readonly #window: Semaphore;
  readonly #limit: Semaphore | null;

  constructor(window: Semaphore, limit: Semaphore | null) {
    this.#window = window;
    this.#limit = limit;
  }

  permit(): PooledPermit {
    return new PooledPermit(this.#window, this.#limit);
  }
}

export class PooledPermit implements RunPermit {
  readonly #window: Semaphore;
  readonly #limit: Semaphore | null;
  #inWindow: ReturnType<Semaphore['permit']> | null = null;
  #atWork: ReturnType<Semaphore['permit']> | null = null;
  /** The run has settled: a permit that comes now is passed on to the next run. */
  #isOver = false;

  constructor(window: Semaphore, limit: Semaphore | null) {
    this.#window = window;
    this.#limit = limit;
  }

  /** Undefined if both were free. */
  take(): Promise<void> | undefined {
    const window = this.#window.take();
    if (window !== undefined) return window.then(() => this.#takeLimit());
    return this.#takeLimit();
  }

  #takeLimit(): Promise<void> | undefined {
    this.#inWindow = this.#held(this.#window);
    return this.#isOver ? undefined : this.takeWork();
  }

  /** Takes the permit for the body again, for the next attempt; does nothing while it is still taken. */
  takeWork(): Promise<void> | undefined {
    if (this.#limit === null || this.#atWork !== null) return undefined;
    const limit = this.#limit;
    const taken = limit.take();
    if (taken === undefined) {
      this.#atWork = limit.permit();
      return undefined;
    }
    return taken.then(() => {
      this.#atWork = this.#held(limit);
    });
  }

  #held(semaphore: Semaphore): ReturnType<Semaphore['permit']> | null {
    const permit = semaphore.permit();
    if (!this.#isOver) return permit;
    permit.end();
    return null;
  }

  suspend(): void {
    this.#atWork?.suspend();
    this.#inWindow?.suspend();
  }

  resume(): Promise<void> | undefined {
    const window = this.#inWindow?.resume();
    const work = this.#atWork?.resume();
    if (window === undefined) return work;
    return work === undefined ? window : Promise.all([window, work]).then(() => {});
  }

  /** The body has ended. */
  bodyEnded(): void {
    this.#atWork?.end();
    this.#atWork = null;
  }

  settled(): void {
    this.#isOver = true;
    this.bodyEnded();
    this.#inWindow?.end();
    this.#inWindow = null;
  }
}
