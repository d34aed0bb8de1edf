/**
 * A process's view of a store, which ends when the process "dies": from then on its reads are never answered, and its
 * writes are dropped. Committed rows stay, because the store below lives on.
 */
import type { CommitHint, FlowRunRecord, TaskRunRecord } from '@millrace/kernel';
import type { Store, Transaction } from '@millrace/store';

/** Listeners that may end the process: called with each write once it is committed, before its promise resolves. */
export interface Watcher {
  taskRunWritten(record: TaskRunRecord): void;
  written(): void;
}

export class MortalStore implements Store {
  readonly #store: Store;
  readonly #watcher: Watcher;
  #isDead = false;
  /** The number of calls so far; it grows with each step of the process. */
  callCount = 0;

  constructor(store: Store, watcher: Watcher) {
    this.#store = store;
    this.#watcher = watcher;
  }

  die(): void {
    this.#isDead = true;
  }

  get dialect(): Store['dialect'] {
    return this.#store.dialect;
  }
  get location(): string {
    return this.#store.location;
  }
  get isPooled(): boolean {
    return this.#store.isPooled;
  }
  get blobs(): Store['blobs'] {
    return this.#store.blobs;
  }

  putTaskRun(...[record, fence]: Parameters<Store['putTaskRun']>): Promise<void> {
    return this.#ask(() =>
      this.#store.putTaskRun(record, fence).then(() => {
        if (!this.#isDead) this.#watcher.taskRunWritten(record);
      }),
    );
  }

  putFlowRun(record: FlowRunRecord): Promise<void> {
    return this.#ask(() => this.#store.putFlowRun(record));
  }

  appendLogs(...args: Parameters<Store['appendLogs']>): Promise<void> {
    return this.#ask(() => this.#store.appendLogs(...args));
  }

  write<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#ask(() => this.#store.write(body));
  }

  read<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#ask(() => this.#store.read(body), false);
  }

  flush(): Promise<void> {
    return this.#ask(() => this.#store.flush(), false);
  }

  flushSync(): boolean {
    return this.#isDead ? false : this.#store.flushSync();
  }

  watch(listener: (notification: CommitHint) => void): { close(): void } {
    return this.#store.watch((notification) => {
      if (!this.#isDead) listener(notification);
    });
  }

  /** The store below is the harness's to close. */
  async close(): Promise<void> {}

  async #ask<T>(request: () => Promise<T>, isWrite = true): Promise<T> {
    if (this.#isDead) return await silence();
    this.callCount += 1;
    try {
      const answer = await request();
      if (isWrite && !this.#isDead) this.#watcher.written();
      return this.#isDead ? await silence() : answer;
    } catch (error) {
      if (this.#isDead) return await silence();
      throw error;
    }
  }
}

function silence(): Promise<never> {
  return new Promise(() => {});
}
