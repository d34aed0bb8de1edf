/**
 * Group commit: while one batch is written the next ones fill, and each commit resolves every promise that waits on it.
 *
 * States: idle; scheduled (something is queued, and the event loop first ends its present work); writing; closed.
 */
import { type CommitNotification, type FlowRunRecord, StoreUnavailable, type TaskRunRecord } from '@millrace/kernel';
import type { StoreHost } from '../adapters/host.ts';
import type { LogRow } from '../ports/records.ts';
import type { Fence, FlowRunFence } from '../ports/store.ts';
import type { Transaction } from '../ports/transaction.ts';
import type { Batch } from './batch.ts';
import type { BatchWriter } from './batch-writer.ts';
import { WriteQueue } from './queue.ts';

export interface GroupCommitOptions {
  readonly writer: BatchWriter;
  readonly host: StoreHost;
  readonly location: string;
  /** Called after each batch. */
  readonly onCommit: (notification: CommitNotification) => void;
}

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #queue = new WriteQueue();
  #active = false;
  #closed = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  putTaskRun(record: TaskRunRecord, fence: Fence | null): Promise<void> {
    this.#schedule();
    return this.#refusal() ?? this.#queue.putTaskRun(record, fence);
  }

  putFlowRun(record: FlowRunRecord, parent: FlowRunFence | null): Promise<void> {
    this.#schedule();
    return this.#refusal() ?? this.#queue.putFlowRun(record, parent);
  }

  appendLogs(rows: readonly LogRow[]): Promise<void> {
    this.#schedule();
    return this.#refusal() ?? this.#queue.appendLogs(rows);
  }

  write<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    this.#schedule();
    return this.#refusal() ?? (this.#queue.write(body) as Promise<T>);
  }

  /** Resolves when all that was queued before is written or refused. */
  async flush(): Promise<void> {
    await this.appendLogs([]).catch(() => undefined);
  }

  /** Writes all queued rows at once. False where the database can't, or when bodies remain. */
  flushSync(): boolean {
    const batches: Batch[] = [];
    for (let batch = this.#queue.take(); batch !== undefined; batch = this.#queue.take()) batches.push(batch);
    const complete = this.#options.writer.writeSync(batches);
    // Bodies, and what the database can't write at once, go the usual way.
    this.#queue.putBack(batches.filter((batch) => !batch.written));
    this.#schedule();
    return complete;
  }

  /** Writes what is queued and refuses all that comes after. */
  async close(): Promise<void> {
    const flushed = this.flush();
    this.#closed = true;
    await flushed;
  }

  #refusal(): Promise<never> | undefined {
    const error = this.#closed
      ? new StoreUnavailable({ location: this.#options.location, problem: 'closed' })
      : this.#options.writer.fatal;
    return error === undefined ? undefined : Promise.reject(error);
  }

  #schedule(): void {
    if (this.#active) return;
    this.#active = true;
    this.#options.host.defer(() => this.#next());
  }

  #next(): void {
    const batch = this.#queue.take();
    if (batch === undefined) this.#ended();
    else {
      // No promise where none is needed: a sequential step waits for every turn of it.
      const writing = this.#options.writer.write(batch);
      if (writing === undefined) this.#wrote(batch);
      else void writing.then(() => this.#wrote(batch));
    }
  }

  #wrote(batch: Batch): void {
    if (batch.size > 0) this.#options.onCommit(batch.isOfRows ? 'own-rows' : 'anything');
    this.#ended();
  }

  #ended(): void {
    this.#active = false;
    if (!this.#queue.empty) this.#schedule();
  }
}
