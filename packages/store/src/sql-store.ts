/** The store over a dialect: the group commit for writes, the reader for reads, and notifications of both. */
import {
  type CommitNotification,
  CorruptDatabase,
  type FlowRunRecord,
  StoreUnavailable,
  type TaskRunRecord,
} from '@millrace/kernel';
import type { StoreHost } from './adapters/host.ts';
import { BlobDepot } from './blobs/blob-depot.ts';
import { BatchWriter, unavailable } from './commit/batch-writer.ts';
import { GroupCommit } from './commit/group-commit.ts';
import type { Dialect } from './sql/dialect.ts';
import type { BlobStorage } from './ports/blob-storage.ts';
import type { LogRow } from './ports/records.ts';
import type { Fence, FlowRunFence, Store } from './ports/store.ts';
import type { Transaction } from './ports/transaction.ts';
import type { QueryContext } from './queries/context.ts';
import { transactionOver } from './queries/transaction.ts';
import { CommitNotifications } from './commit/notifications.ts';

export interface SqlStoreOptions {
  readonly dialect: Dialect;
  readonly host: StoreHost;
  /** How long a write is tried again while the database is locked or away. */
  readonly retryMaxMs: number;
  /** New values that are too large for a row go to the first one; none = all stay in their rows. */
  readonly blobStorages?: readonly BlobStorage[];
}

/** The store over a dialect: group commit for the queued rows, bounded bodies for transactions, notifications of commits. */
export class SqlStore implements Store {
  readonly blobs: BlobDepot;
  readonly #dialect: Dialect;
  readonly #commits: GroupCommit;
  readonly #notifications: CommitNotifications;
  #closing: Promise<void> | undefined;

  constructor({ dialect, host, retryMaxMs, blobStorages = [] }: SqlStoreOptions) {
    this.#dialect = dialect;
    this.blobs = new BlobDepot({
      storages: blobStorages,
      uniqueId: host.uniqueId,
      databaseId: () => this.write(({ maintenance }) => maintenance.databaseId(host.uniqueId())),
    });
    this.#notifications = new CommitNotifications(dialect, host);
    const writer = new BatchWriter({ dialect, host, retryMaxMs });
    const onCommit = (notification: CommitNotification) => this.#notifications.notify(notification);
    this.#commits = new GroupCommit({ writer, host, location: dialect.location, onCommit });
  }

  get dialect(): 'sqlite' | 'postgres' {
    return this.#dialect.name;
  }

  get isPooled(): boolean {
    return this.#dialect.isPooled ?? false;
  }

  get location(): string {
    return this.#dialect.location;
  }

  putTaskRun(record: TaskRunRecord, fence: Fence | null): Promise<void> {
    return this.#commits.putTaskRun(record, fence);
  }

  putFlowRun(record: FlowRunRecord, parent: FlowRunFence | null = null): Promise<void> {
    return this.#commits.putFlowRun(record, parent);
  }

  appendLogs(rows: readonly LogRow[]): Promise<void> {
    return this.#commits.appendLogs(rows);
  }

  write<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#commits.write(body);
  }

  async read<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    try {
      return await body(transactionOver(readingContext(this.#dialect)));
    } catch (error) {
      throw this.#storeError(error);
    }
  }

  flush(): Promise<void> {
    return this.#commits.flush();
  }

  flushSync(): boolean {
    return this.#commits.flushSync();
  }

  watch(listener: (notification: CommitNotification) => void): { close(): void } {
    return this.#notifications.watch(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The database's own trouble in words; what the body threw as it is. */
  #storeError(error: unknown): unknown {
    const about = { location: this.location, cause: error };
    const kind = this.#dialect.classify(error);
    if (kind === 'corrupt') return new CorruptDatabase(about);
    if (kind === 'gone') return new StoreUnavailable({ ...about, problem: 'gone' });
    if (kind === 'refused') return unavailable(this.#dialect, 'refused', error);
    return kind === 'connection' ? unavailable(this.#dialect, 'unreachable', error) : error;
  }

  async #close(): Promise<void> {
    await this.#commits.close();
    this.#notifications.close();
    await this.#dialect.close();
    await this.blobs.close();
  }
}

function readingContext(dialect: Dialect): QueryContext {
  const refuse = () => Promise.reject(new TypeError('this transaction only reads: use write'));
  return {
    syntax: dialect.syntax,
    all: dialect.reader.all,
    run: refuse,
    writeRows: refuse,
    lockKey: refuse,
    nextRevision: () => '',
    uniqueId: () => '',
    locks: null,
    onRollback: () => undefined,
  };
}
