/**
 * Hints of commits: this process's own at once, those of others through the dialect. Many commits in one turn of the
 * event loop are one hint, and the dialect is asked only while somebody listens.
 */
import type { CommitHint } from '@millrace/kernel';
import type { StoreHost } from '../adapters/host.ts';
import type { Dialect } from '../sql/dialect.ts';

export class CommitHints {
  readonly #dialect: Dialect;
  readonly #host: StoreHost;
  readonly #listeners = new Set<(hint: CommitHint) => void>();
  #foreign: { close(): void } | undefined;
  /** What is about to be told; null = nothing. */
  #telling: CommitHint | null = null;

  constructor(dialect: Dialect, host: StoreHost) {
    this.#dialect = dialect;
    this.#host = host;
  }

  watch(listener: (hint: CommitHint) => void): { close(): void } {
    // One wrapper each, so that the same function can listen twice and stop once.
    const entry = (hint: CommitHint) => listener(hint);
    this.#listeners.add(entry);
    this.#foreign ??= this.#dialect.watch(() => this.tell('anything'));
    return {
      close: () => {
        this.#listeners.delete(entry);
        if (this.#listeners.size === 0) this.close();
      },
    };
  }

  tell(hint: CommitHint): void {
    if (this.#listeners.size === 0) return;
    const isUnderWay = this.#telling !== null;
    if (hint === 'anything' || !isUnderWay) this.#telling = hint;
    if (isUnderWay) return;
    this.#host.defer(() => {
      const told = this.#telling ?? 'anything';
      this.#telling = null;
      for (const listener of [...this.#listeners]) listener(told);
    });
  }

  close(): void {
    this.#listeners.clear();
    this.#foreign?.close();
    this.#foreign = undefined;
  }
}
