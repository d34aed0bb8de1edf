/**
 * Tracks the queued writes of an execution until they are durable. The store returns one promise for all writes of a batch under one fence;
 * these are joined, so that ten thousand futures await one promise.
 */

const done: Promise<void> = Promise.resolve();

export class Durability {
  readonly #waiting = new Set<Promise<unknown>>();
  readonly #onFailure: (error: unknown) => void;
  #latest: Promise<unknown> | null = null;
  #gate: Promise<void> | null = null;
  #refusal: Error | null = null;

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Adds a queued write, whose commit settles this promise. */
  track(queued: Promise<unknown>): void {
    if (queued === this.#latest || this.#waiting.has(queued)) return;
    this.#latest = queued;
    this.#waiting.add(queued);
    this.#gate = null;
    queued.then(
      () => this.#waiting.delete(queued),
      (error: unknown) => {
        this.#waiting.delete(queued);
        this.#onFailure(error);
      },
    );
  }

  /** From now on every wait is refused with this error. */
  refuse(error: Error): void {
    this.#refusal ??= error;
    this.#gate = null;
  }

  /** Resolves when all that was queued so far is durable; rejects with what refused it. */
  committed(): Promise<void> {
    if (this.#refusal !== null) return Promise.reject(this.#refusal);
    if (this.#gate !== null) return this.#gate;
    if (this.#waiting.size === 0) return done;
    const gate = Promise.all(this.#waiting).then(() => {
      if (this.#refusal !== null) throw this.#refusal;
    });
    gate.catch(() => {});
    this.#gate = gate;
    return gate;
  }
}
