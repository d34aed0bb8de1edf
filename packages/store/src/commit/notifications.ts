/**
 * Notifications of commits: this process's own at once, those of others through the dialect. Many commits in one turn of the
 * event loop are one notification, and the dialect watches only while there is a listener.
 */
import type { CommitNotification } from '@millrace/kernel';
import type { StoreHost } from '../adapters/host.ts';
import type { Dialect } from '../sql/dialect.ts';

export class CommitNotifications {
  readonly #dialect: Dialect;
  readonly #host: StoreHost;
  readonly #listeners = new Set<(notification: CommitNotification) => void>();
  #foreign: { close(): void } | undefined;
  /** The notification that is about to be sent; null = none. */
  #pending: CommitNotification | null = null;

  constructor(dialect: Dialect, host: StoreHost) {
    this.#dialect = dialect;
    this.#host = host;
  }

  watch(listener: (notification: CommitNotification) => void): { close(): void } {
    // One wrapper each, so that the same function can listen twice and stop once.
    const entry = (notification: CommitNotification) => listener(notification);
    this.#listeners.add(entry);
    this.#foreign ??= this.#dialect.watch(() => this.notify('anything'));
    return {
      close: () => {
        this.#listeners.delete(entry);
        if (this.#listeners.size === 0) this.close();
      },
    };
  }

  notify(notification: CommitNotification): void {
    if (this.#listeners.size === 0) return;
    const isUnderWay = this.#pending !== null;
    if (notification === 'anything' || !isUnderWay) this.#pending = notification;
    if (isUnderWay) return;
    this.#host.defer(() => {
      const notification = this.#pending ?? 'anything';
      this.#pending = null;
      for (const listener of [...this.#listeners]) listener(notification);
    });
  }

  close(): void {
    this.#listeners.clear();
    this.#foreign?.close();
    this.#foreign = undefined;
  }
}
