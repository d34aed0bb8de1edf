/**
 * The history, in order: the hash of all lines is that of one history only, the last lines are shown when something is wrong.
 */
import { createHash } from 'node:crypto';

export class Trace {
  readonly #hash = createHash('sha256');
  readonly #kept: string[] = [];
  readonly #keptMax: number;
  count = 0;

  constructor(keptMax: number) {
    this.#keptMax = keptMax;
  }

  add(line: string): void {
    this.count += 1;
    this.#hash.update(line);
    if (this.#keptMax === 0) return;
    this.#kept.push(line);
    if (this.#kept.length > 2 * this.#keptMax) this.#kept.splice(0, this.#kept.length - this.#keptMax);
  }

  get lines(): readonly string[] {
    return this.#kept.slice(-this.#keptMax);
  }

  /** Ends the trace. */
  digest(): string {
    return this.#hash.digest('hex').slice(0, 16);
  }
}
