/**
 * Places: how many bodies of one flow run are at work at once (law 6: a body that waits gives its place back).
 *
 * A place is taken when a body begins and given back when it ends; in between it is lent out whenever the body waits for
 * something of the engine's. First come, first served.
 */

import type { PlaceHolder } from './model.ts';

/** The places of one flow run, or of a scope with a limit. */
export class Places {
  #limit: number;
  #taken = 0;
  readonly #queue: (() => void)[] = [];
  #head = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many bodies hold a place now. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes a place; undefined when it was free, else a promise for it. */
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

  /** A place for one body; call `end` when the body has ended. */
  holder(): PlaceHolder & { end(): void } {
    return new Holder(this);
  }
}

class Holder implements PlaceHolder {
  readonly #places: Places;
  #waits = 0;
  #holds = true;
  #ended = false;
  #taking: Promise<void> | undefined;

  constructor(places: Places) {
    this.#places = places;
  }

  suspend(): void {
    this.#waits += 1;
    this.#giveBack();
  }

  resume(): Promise<void> | undefined {
    this.#waits -= 1;
    if (this.#waits > 0 || this.#holds || this.#ended) return undefined;
    this.#taking ??= this.#places.take()?.then(() => {
      this.#taking = undefined;
      this.#holds = true;
      if (this.#waits > 0 || this.#ended) this.#giveBack();
    });
    this.#holds = this.#taking === undefined;
    return this.#taking;
  }

  end(): void {
    this.#ended = true;
    this.#giveBack();
  }

  #giveBack(): void {
    if (this.#holds) this.#places.give();
    this.#holds = false;
  }
}
