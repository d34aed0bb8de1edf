/**
 * Counts equal calls: the first of a key is occurrence 0, the next 1.
 *
 * One is made per body that runs, and most bodies call little: a new counter holds nothing. A few keys go in a Map. Beyond a
 * thousand it keeps 64-bit hashes of the keys instead of the keys: a flow of a million calls counts in 21 MB. Two keys of one hash
 * (one in 10^7 such flows has any) would share a count, which skips a number and confuses no calls.
 */
import { HashCounts } from './hash-counts.ts';

/** Keys kept as they are. */
const FEW_MAX = 1_000;

/**
 * Counts the calls of each key.
 *
 * @example
 * const counter = new OccurrenceCounter();
 * counter.next('fetch'); // 0
 * counter.next('fetch'); // 1
 */
export class OccurrenceCounter {
  #few: Map<string, number> | null = null;
  #many: HashCounts | null = null;

  /** The occurrence of this call: 0 for the first of the key. */
  next(key: string): number {
    if (this.#many !== null) return this.#many.next(key);
    this.#few ??= new Map();
    const few = this.#few;
    const occurrence = few.get(key) ?? 0;
    few.set(key, occurrence + 1);
    if (few.size > FEW_MAX) this.#compact(few);
    return occurrence;
  }

  #compact(few: ReadonlyMap<string, number>): void {
    const many = new HashCounts();
    for (const [key, count] of few) many.set(key, count);
    this.#many = many;
    this.#few = null;
  }
}
