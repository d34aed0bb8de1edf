/**
 * The queue of writes: cuts them into batches and merges repeated writes of one record.
 *
 * A record that is in a waiting batch is not queued again, because its fields are read when that batch is written.
 */
import type { FlowRunRecord, TaskRunRecord } from '@millrace/kernel';
import type { LogRow } from '../ports/records.ts';
import type { Fence, FlowRunFence } from '../ports/store.ts';
import type { Transaction } from '../ports/transaction.ts';
import { requireLogRow } from '../rows/log-row.ts';
import {
  Batch,
  type BodySegment,
  deferred,
  type FlowEntry,
  type RowSegment,
  rowSegment,
  type TaskGroup,
} from './batch.ts';

/** Rows a transaction: enough that a commit's cost is spread thin, few enough that no caller waits long for the one ahead. */
const batchRowsMax = 2_000;

export class WriteQueue {
  #batches: Batch[] = [];
  readonly #tasks = new Map<string, TaskGroup>();
  readonly #flows = new Map<string, FlowEntry>();

  get empty(): boolean {
    return this.#batches.length === 0;
  }

  putTaskRun(record: TaskRunRecord, fence: Fence | null): Promise<void> {
    const waiting = this.#tasks.get(record.id);
    if (waiting !== undefined) {
      if (sameFence(waiting.fence, fence)) {
        waiting.records.set(record.id, record);
        return waiting.done.promise;
      }
      // One row is written once a batch: the later holder's image stands.
      waiting.records.delete(record.id);
    }
    const group = this.#group(fence);
    group.records.set(record.id, record);
    this.#tasks.set(record.id, group);
    return group.done.promise;
  }

  putFlowRun(record: FlowRunRecord, parent: FlowRunFence | null): Promise<void> {
    const waiting = this.#flows.get(record.id);
    if (waiting?.record === record) return waiting.done.promise;
    const batch = this.#open();
    // Two images of one run are two writes, one after the other: the second is refused if it did not know of the first.
    const segment = waiting === undefined ? batch.rows() : this.#cut(batch);
    const entry: FlowEntry = { record, parent, done: deferred(), next: '' };
    segment.flows.set(record.id, entry);
    this.#flows.set(record.id, entry);
    batch.size += 1;
    return entry.done.promise;
  }

  appendLogs(rows: readonly LogRow[]): Promise<void> {
    try {
      rows.forEach(requireLogRow);
    } catch (error) {
      const refused = deferred<void>();
      refused.reject(error);
      return refused.promise;
    }
    const batch = this.#open();
    const segment = batch.rows();
    for (const row of rows) segment.logs.push(row);
    batch.size += rows.length;
    segment.logged ??= deferred();
    return segment.logged.promise;
  }

  write(body: (transaction: Transaction) => Promise<unknown>): Promise<unknown> {
    const batch = this.#open();
    const segment: BodySegment = { kind: 'body', body, done: deferred() };
    batch.segments.push(segment);
    batch.size += 1;
    return segment.done.promise;
  }

  /** The oldest batch, which from now on takes no more. */
  take(): Batch | undefined {
    const batch = this.#batches.shift();
    if (batch === undefined) return undefined;
    for (const segment of batch.segments) {
      if (segment.kind === 'rows') this.#forget(segment);
    }
    return batch;
  }

  /** Before all others; their records are not merged with later writes any more. */
  putBack(batches: readonly Batch[]): void {
    this.#batches.unshift(...batches);
  }

  #open(): Batch {
    const last = this.#batches.at(-1);
    if (last !== undefined && last.size < batchRowsMax) return last;
    const batch = new Batch();
    this.#batches.push(batch);
    return batch;
  }

  /** A new segment of rows after all that the batch has. */
  #cut(batch: Batch): RowSegment {
    const last = batch.segments.at(-1);
    if (last?.kind === 'rows' && last.flows.size > 0) {
      const segment = rowSegment();
      batch.segments.push(segment);
      return segment;
    }
    return batch.rows();
  }

  #group(fence: Fence | null): TaskGroup {
    const batch = this.#open();
    const { groups } = batch.rows();
    batch.size += 1;
    const key = fenceKey(fence);
    const known = groups.get(key);
    if (known !== undefined) return known;
    const group: TaskGroup = { fence, records: new Map(), done: deferred() };
    groups.set(key, group);
    return group;
  }

  #forget(segment: RowSegment): void {
    for (const group of segment.groups.values()) {
      for (const id of group.records.keys()) if (this.#tasks.get(id) === group) this.#tasks.delete(id);
    }
    for (const [id, entry] of segment.flows) if (this.#flows.get(id) === entry) this.#flows.delete(id);
  }
}

function sameFence(one: Fence | null, other: Fence | null): boolean {
  return one === other || fenceKey(one) === fenceKey(other);
}

function fenceKey(fence: Fence | null): string {
  if (fence === null) return '';
  return 'flowRunId' in fence ? `${fence.flowRunId} ${fence.token}` : `${fence.taskRunId} ${fence.sessionId}`;
}
