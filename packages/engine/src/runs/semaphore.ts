/**
 * The semaphore of a runner, which limits how many bodies of one flow run are at work at once.
 *
 * A body takes a permit at its start and returns it at its end. It also gives the permit back while it waits for something of the engine
 * (law 6). First come, first served.
 */

import type { Permit } from './model.ts';

/** The permits of one flow run, or of a scope with a limit. */
export class Semaphore {
  #limit: number;
  #taken = 0;
  readonly #queue: (() => void)[] = [];
  #head = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many bodies hold a permit now. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes a permit; undefined if one was free, else a promise for it. */
  take(): Promise<void> | undefined {
    if (this.#taken < this.#limit) {
      this.#taken += 1;
      return undefined;
    }
    return new Promise((resolve) => this.#queue.push(resolve));
  }

  /** Raises the limit to at least this many. */
  widen(limit: number): void {
    const more = limit - this.#limit;
    if (more <= 0) return;
    this.#limit = limit;
    for (let added = 0; added < more; added += 1) {
      this.#taken += 1;
      this.give();
    }
  }

  give(): void {
    const next = this.#queue[this.#head];
    if (next === undefined) {
      this.#taken -= 1;
      return;
    }
    this.#queue[this.#head] = () => {};
    this.#head += 1;
    if (this.#head > 1_000 && this.#head * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    next();
  }

  /** The permit of one body, taken before; call `end` when the body has ended. */
  permit(): Permit & { end(): void } {
    return new TakenPermit(this);
  }
}

class TakenPermit implements Permit {
  readonly #semaphore: Semaphore;
  #waits = 0;
  #isTaken = true;
  #ended = false;
  #taking: Promise<void> | undefined;

  constructor(semaphore: Semaphore) {
    this.#semaphore = semaphore;
  }

  suspend(): void {
    this.#waits += 1;
    this.#giveBack();
  }

  resume(): Promise<void> | undefined {
    this.#waits -= 1;
    if (this.#waits > 0 || this.#isTaken || this.#ended) return undefined;
    this.#taking ??= this.#semaphore.take()?.then(() => {
      this.#taking = undefined;
      this.#isTaken = true;
      if (this.#waits > 0 || this.#ended) this.#giveBack();
    });
    this.#isTaken = this.#taking === undefined;
    return this.#taking;
  }

  end(): void {
    this.#ended = true;
    this.#giveBack();
  }

  #giveBack(): void {
    if (this.#isTaken) this.#semaphore.give();
    this.#isTaken = false;
  }
}
