/**
 * The store: the only package that writes SQL.
 *
 * Two ways in. The hot path (`putTaskRun`, `putFlowRun`, `appendLogs`) queues rows: one transaction takes all that is
 * queued and everyone waiting on it is released by its commit (group commit). Everything else is `write`: a body over
 * ports bound to one transaction, joined with others in the same commit where it can be. Bodies may be called again after
 * a retriable failure, so they hold no state of their own.
 */
import type { CommitNotification, FlowRunRecord, TaskRunRecord } from '@millrace/kernel';
import type { Blobs } from './blobs.ts';
import type { LogRow } from './records.ts';
import type { Transaction } from './transaction.ts';

/** A write is accepted only while this flow run row has this token. */
export interface FlowRunFence {
  readonly flowRunId: string;
  readonly token: number;
}

/**
 * Outside any flow: a write is accepted only while the rows written are this session's (`TaskRunRecord.sessionId`). The id
 * is the outermost run's, which tells one call from the next.
 */
export interface TaskRunFence {
  readonly taskRunId: string;
  readonly sessionId: string;
}

/** The condition under which rows of task runs are written. */
export type Fence = FlowRunFence | TaskRunFence;

/**
 * A database of runs: queued rows and transactions for writing, transactions for reading. Writes reject with StaleExecution,
 * StoreBusy, StoreFull, StoreReadOnly, StoreUnavailable or CorruptDatabase.
 */
export interface Store {
  readonly dialect: 'sqlite' | 'postgres';
  /** For people: a file's path, or a URL without its password. */
  readonly location: string;
  /** Whether a pooler such as PgBouncer is between: what other processes commit is then noticed by polling. */
  readonly isPooled: boolean;
  /** Values that are too large for a row: put there before the row is written, and fetched by who asks for the value. */
  readonly blobs: Blobs;
  /**
   * Queues the record: its fields are read when the batch is written, so later mutations merge into one row image.
   * Resolves at the commit; rejects with StaleExecution when the fence no longer holds. Within a batch the promise is
   * shared by all writes under one fence.
   */
  putTaskRun(record: TaskRunRecord, fence: Fence | null): Promise<void>;
  /**
   * Queues the record under its own token and revision. `record.revision` is set anew by the store at each commit.
   * Rejects with StaleExecution (token) or RunChanged (another process wrote the row: load it and retry).
   *
   * @param parent what a run that begins inside of another depends on: a process that lost the parent must not add to it.
   * It says nothing where the parent is not stored.
   */
  putFlowRun(record: FlowRunRecord, parent?: FlowRunFence | null): Promise<void>;
  /** Queued, in order with the rows above. */
  appendLogs(rows: readonly LogRow[]): Promise<void>;
  write<T>(body: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Sees only what is committed. */
  read<T>(body: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** All that is queued, durable. */
  flush(): Promise<void>;
  /** As flush but without waiting for the event loop, for a process that is exiting. False where the store can't (Postgres). */
  flushSync(): boolean;
  /** Notifications of commits by this and other processes. Never the only source. */
  watch(listener: (notification: CommitNotification) => void): { close(): void };
  close(): Promise<void>;
}
