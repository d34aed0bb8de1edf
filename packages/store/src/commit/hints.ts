/**
 * Hints of commits: this process's own at once, those of others through the dialect. Many commits in one turn of the
 * event loop are one hint, and the dialect is asked only while somebody listens.
 */
import type { StoreHost } from '../adapters/host.ts';
import type { Dialect } from '../dialect/dialect.ts';

export class CommitHints {
  readonly #dialect: Dialect;
  readonly #host: StoreHost;
  readonly #listeners = new Set<() => void>();
  #foreign: { close(): void } | undefined;
  #telling = false;

  constructor(dialect: Dialect, host: StoreHost) {
    this.#dialect = dialect;
    this.#host = host;
  }

  watch(listener: () => void): { close(): void } {
    // One wrapper each, so that the same function can listen twice and stop once.
    const entry = () => listener();
    this.#listeners.add(entry);
    this.#foreign ??= this.#dialect.watch(() => this.tell());
    return {
      close: () => {
        this.#listeners.delete(entry);
        if (this.#listeners.size === 0) this.close();
      },
    };
  }

  tell(): void {
    if (this.#telling || this.#listeners.size === 0) return;
    this.#telling = true;
    this.#host.defer(() => {
      this.#telling = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }

  close(): void {
    this.#listeners.clear();
    this.#foreign?.close();
    this.#foreign = undefined;
  }
}
