/**
 * Counts by key without the keys: an open-addressing table of 64-bit hashes, ten bytes a position.
 *
 * Places are probed one after another; 0 is an empty position, else 1 + the count. Filled to three quarters, it doubles. The few
 * keys that are counted 65 thousand times have their counts in a Map.
 */

const CAPACITY_FIRST = 4_096;
const FILL_MAX = 0.75;

/** A position with this says that the count is in the Map. */
const FREQUENT = 0xffff;

export class HashCounts {
  #high = new Uint32Array(CAPACITY_FIRST);
  #low = new Uint32Array(CAPACITY_FIRST);
  #counts = new Uint16Array(CAPACITY_FIRST);
  readonly #frequent = new Map<string, number>();
  #size = 0;
  /** The hash of the key asked for last: two numbers, so that a call allocates nothing. */
  #keyHigh = 0;
  #keyLow = 0;

  /** How often the key was counted before this. */
  next(key: string): number {
    this.#hash(key);
    const position = this.#claim();
    const held = this.#counts[position] ?? 0;
    if (held === FREQUENT) return this.#nextFrequent(key);
    this.#write(position, key, held);
    return held - 1;
  }

  /** Takes over a count from elsewhere. */
  set(key: string, count: number): void {
    this.#hash(key);
    this.#write(this.#claim(), key, count);
  }

  #write(position: number, key: string, count: number): void {
    this.#counts[position] = Math.min(count + 1, FREQUENT);
    if (count + 1 >= FREQUENT) this.#frequent.set(key, count);
  }

  #nextFrequent(key: string): number {
    const count = this.#frequent.get(key) ?? 0;
    this.#frequent.set(key, count + 1);
    return count;
  }

  /** The position of the hash, which holds 1 + its count; a new one is taken at a count of 0. */
  #claim(): number {
    const position = this.#find(this.#keyHigh, this.#keyLow);
    if (this.#counts[position] !== 0) return position;
    if (this.#size + 1 > this.#counts.length * FILL_MAX) {
      this.#grow();
      return this.#claim();
    }
    this.#size += 1;
    this.#high[position] = this.#keyHigh;
    this.#low[position] = this.#keyLow;
    this.#counts[position] = 1;
    return position;
  }

  #find(high: number, low: number): number {
    const mask = this.#counts.length - 1;
    let position = low & mask;
    while (this.#counts[position] !== 0 && (this.#low[position] !== low || this.#high[position] !== high))
      position = (position + 1) & mask;
    return position;
  }

  #grow(): void {
    const high = this.#high;
    const low = this.#low;
    const counts = this.#counts;
    this.#high = new Uint32Array(counts.length * 2);
    this.#low = new Uint32Array(counts.length * 2);
    this.#counts = new Uint16Array(counts.length * 2);
    for (let index = 0; index < counts.length; index += 1) {
      const count = counts[index] ?? 0;
      if (count === 0) continue;
      const position = this.#find(high[index] ?? 0, low[index] ?? 0);
      this.#high[position] = high[index] ?? 0;
      this.#low[position] = low[index] ?? 0;
      this.#counts[position] = count;
    }
    // Frees the memory now and not at some later collection: twice as much again would be held until then.
    for (const old of [high, low, counts]) old.buffer.transfer(0);
  }

  /** Two lanes of multiply and rotate over the characters, mixed into each other at the end. */
  #hash(key: string): void {
    let high = 0x9e3779b9;
    let low = 0x85ebca6b ^ key.length;
    for (let index = 0; index < key.length; index += 1) {
      const code = key.charCodeAt(index);
      high = Math.imul(high ^ code, 0x9e3779b1);
      high ^= high >>> 15;
      low = Math.imul(low ^ code, 0x5f356495);
      low ^= low >>> 13;
    }
    this.#keyHigh = finish(high ^ Math.imul(low, 0x27d4eb2f));
    this.#keyLow = finish(low ^ Math.imul(high, 0x165667b1));
  }
}

/** Spreads every bit over all. */
function finish(lane: number): number {
  let mixed = Math.imul(lane ^ (lane >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
