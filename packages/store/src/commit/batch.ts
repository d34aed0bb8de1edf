/**
 * The writes of one transaction, in the order in which it was asked for: segments of rows, and bodies between them.
 *
 * Rows are held by reference and read when the batch is written. All task writes under one fence share one promise; a flow
 * run has its own.
 */
import type { FlowRunRecord, TaskRunRecord } from '@millrace/kernel';
import type { LogRow } from '../ports/records.ts';
import type { Fence, FlowRunFence } from '../ports/store.ts';
import type { Transaction } from '../ports/transaction.ts';

/** A promise with its ends. An unhandled rejection of it is no crash, because the store's other promises reject with the same error. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

export function deferred<T>(): Deferred<T> {
  const made = Promise.withResolvers<T>();
  made.promise.catch(() => undefined);
  return made;
}

export interface TaskGroup {
  readonly fence: Fence | null;
  readonly records: Map<string, TaskRunRecord>;
  readonly done: Deferred<void>;
}

export interface FlowEntry {
  readonly record: FlowRunRecord;
  /** Asked for at the first write only. */
  readonly parent: FlowRunFence | null;
  readonly done: Deferred<void>;
  /** The revision this entry gives the row; '' = not yet tried. Kept over retries, so that the row is recognised. */
  next: string;
}

export interface RowSegment {
  readonly kind: 'rows';
  readonly flows: Map<string, FlowEntry>;
  /** By fence. */
  readonly groups: Map<string, TaskGroup>;
  readonly logs: LogRow[];
  /** Of those who wait for lines of log, or for all before them; null = no caller waits. */
  logged: Deferred<void> | null;
  /** Already committed by a synchronous flush. */
  written: boolean;
}

export interface BodySegment {
  readonly kind: 'body';
  readonly body: (transaction: Transaction) => Promise<unknown>;
  readonly done: Deferred<unknown>;
}

export type Segment = RowSegment | BodySegment;

export class Batch {
  readonly segments: Segment[] = [];
  /** Rows and bodies in it. */
  size = 0;

  /** The segment that rows go to now. */
  rows(): RowSegment {
    const last = this.segments.at(-1);
    if (last?.kind === 'rows') return last;
    const segment = rowSegment();
    this.segments.push(segment);
    return segment;
  }

  get isOfRows(): boolean {
    return this.segments.every((segment) => segment.kind === 'rows');
  }

  /** Whether nothing of it remains to be written. */
  get written(): boolean {
    return this.segments.every((segment) => segment.kind === 'rows' && segment.written);
  }

  /** Every promise that waits on this batch rejects with the same error. */
  reject(error: unknown): void {
    for (const segment of this.segments) rejectSegment(segment, error);
  }

  /** A batch that only marks a place in the queue has been reached. */
  settleEmpty(): void {
    for (const segment of this.segments) if (segment.kind === 'rows') segment.logged?.resolve();
  }

  /** Its lines of log are known to be stored. */
  dropLogs(): void {
    for (const segment of this.segments) if (segment.kind === 'rows') segment.logs.length = 0;
  }
}

/** The batch's parts as batches of their own, in order: what can be refused without the others. */
export function partsOf(batch: Batch): readonly Batch[] {
  return batch.segments.flatMap((segment) => {
    if (segment.kind === 'body') return [batchOf(segment)];
    const flows = [...segment.flows].map(([id, entry]) => batchOf({ ...rowSegment(), flows: new Map([[id, entry]]) }));
    const groups = [...segment.groups].map(([key, group]) =>
      batchOf({ ...rowSegment(), groups: new Map([[key, group]]) }),
    );
    const { logs, logged } = segment;
    return [...flows, ...groups, batchOf({ ...rowSegment(), logs, logged })];
  });
}

/** Whether it is more than one write. */
export function isDivisible(batch: Batch): boolean {
  const [segment, ...more] = batch.segments;
  return more.length > 0 || (segment?.kind === 'rows' && segment.flows.size + segment.groups.size > 1);
}

/** Two batches in the order of the one: half of its segments each, or half of the rows of its only one. */
export function halvesOf(batch: Batch): readonly Batch[] {
  const isOfSegments = batch.segments.length > 1;
  const parts = isOfSegments ? batch.segments.map(batchOf) : partsOf(batch);
  const middle = Math.ceil(parts.length / 2);
  const join = isOfSegments ? joined : joinedRows;
  return [parts.slice(0, middle), parts.slice(middle)].filter((half) => half.length > 0).map(join);
}

function joined(parts: readonly Batch[]): Batch {
  const whole = new Batch();
  for (const { segments, size } of parts) {
    whole.segments.push(...segments);
    whole.size += size;
  }
  return whole;
}

/** Parts of one segment: written by one statement again. */
function joinedRows(parts: readonly Batch[]): Batch {
  const whole = rowSegment();
  for (const segment of parts.flatMap(({ segments }) => segments)) {
    if (segment.kind !== 'rows') continue;
    for (const [id, entry] of segment.flows) whole.flows.set(id, entry);
    for (const [key, group] of segment.groups) whole.groups.set(key, group);
    whole.logs.push(...segment.logs);
    whole.logged ??= segment.logged;
  }
  return batchOf(whole);
}

function batchOf(segment: Segment): Batch {
  const batch = new Batch();
  batch.segments.push(segment);
  batch.size = segment.kind === 'body' ? 1 : segment.flows.size + segment.groups.size + segment.logs.length;
  return batch;
}

export function rowSegment(): RowSegment {
  return { kind: 'rows', flows: new Map(), groups: new Map(), logs: [], logged: null, written: false };
}

function rejectSegment(segment: Segment, error: unknown): void {
  if (segment.kind === 'body') {
    segment.done.reject(error);
    return;
  }
  for (const entry of segment.flows.values()) entry.done.reject(error);
  for (const group of segment.groups.values()) group.done.reject(error);
  segment.logged?.reject(error);
}
