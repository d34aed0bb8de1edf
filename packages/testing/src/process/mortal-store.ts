/**
 * A simulated process's view of a store. After the process "dies", no request is answered and nothing is written. Committed data stays,
 * because the store below lives on.
 */
import type { CommitNotification, FlowRunRecord, TaskRunRecord } from '@millrace/kernel';
import type { Store, Transaction } from '@millrace/store';

/** Called after each committed write and before its promise settles, so that it can end the process there. */
export interface Watcher {
  taskRunWritten(record: TaskRunRecord): void;
  written(): void;
}

export class MortalStore implements Store {
  readonly #store: Store;
  readonly #watcher: Watcher;
  #isDead = false;
  /** The number of calls so far, which shows whether anything happens. */
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

  watch(listener: (notification: CommitNotification) => void): { close(): void } {
    return this.#store.watch((notification) => {
      if (!this.#isDead) listener(notification);
    });
  }

  /** Does nothing, because the test engine closes the store below. */
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
