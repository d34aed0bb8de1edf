/**
 * One run's place: in the window of started runs (until it has settled, so that what waits for a commit stays bounded)
 * and, where the user set a limit, among the bodies at work (until the body ends). Both are lent out while it waits.
 */
import type { Place } from './model.ts';
import type { Places } from './semaphore.ts';

/** Started and unsettled runs of one flow run at once: bounds memory in wide maps. */
export const WINDOW_SIZE = 10_000;

export class PlacePool {
  readonly #window: Places;
  readonly #limit: Places | null;

  constructor(window: Places, limit: Places | null) {
    this.#window = window;
    this.#limit = limit;
  }

  place(): RunPlace {
    return new RunPlace(this.#window, this.#limit);
  }
}

export class RunPlace implements Place {
  readonly #window: Places;
  readonly #limit: Places | null;
  #inWindow: ReturnType<Places['holder']> | null = null;
  #atWork: ReturnType<Places['holder']> | null = null;
  /** The run has settled: a place that comes now, as nobody waits for it any more, goes to the next one. */
  #isOver = false;

  constructor(window: Places, limit: Places | null) {
    this.#window = window;
    this.#limit = limit;
  }

  /** Undefined when both were free. */
  take(): Promise<void> | undefined {
    const window = this.#window.take();
    if (window !== undefined) return window.then(() => this.#takeLimit());
    return this.#takeLimit();
  }

  #takeLimit(): Promise<void> | undefined {
    this.#inWindow = this.#held(this.#window);
    return this.#isOver ? undefined : this.takeWork();
  }

  /** Among the bodies at work again, for the next attempt; nothing where it still is. */
  takeWork(): Promise<void> | undefined {
    if (this.#limit === null || this.#atWork !== null) return undefined;
    const limit = this.#limit;
    const taken = limit.take();
    if (taken === undefined) {
      this.#atWork = limit.holder();
      return undefined;
    }
    return taken.then(() => {
      this.#atWork = this.#held(limit);
    });
  }

  #held(places: Places): ReturnType<Places['holder']> | null {
    const holder = places.holder();
    if (!this.#isOver) return holder;
    holder.end();
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
