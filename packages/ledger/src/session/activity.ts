/**
 * Counts the uses of the session: runs owned, slots held, flows served. Timers run only while the count is above zero, so that a process
 * without work can end.
 */

export interface ActivityListener {
  /** The count left zero. */
  begin(): void;
  /** The count is zero again. */
  end(): void;
}

export class Activity {
  #count = 0;
  readonly #listeners: ActivityListener[] = [];

  get busy(): boolean {
    return this.#count > 0;
  }

  onChange(listener: ActivityListener): void {
    this.#listeners.push(listener);
  }

  enter(): void {
    this.#count += 1;
    if (this.#count === 1) for (const listener of this.#listeners) listener.begin();
  }

  leave(): void {
    this.#count -= 1;
    if (this.#count === 0) for (const listener of this.#listeners) listener.end();
  }
}
