/**
 * The journal: the only way of the process that owns runs (sessions, executions, leases, interrupts) to what is recorded.
 *
 * In process each verb is a use case over the store. The same verbs are a wire protocol: every argument and every answer is
 * JSON data. Instants are numbers, what is absent is null or left out, and an error crosses as data that keeps its `code`.
 *
 * Order: rows and verbs that write are written in the order in which they were queued. A verb that only reads sees what is
 * committed. Every verb that writes a run names the session or the fencing token it acts under, and is refused
 * (StaleExecution) when that is no longer the run's.
 */
import type {
  CommitHint,
  FlowRunInit,
  FlowRunRecord,
  HandedOver,
  HandOver,
  Ledger,
  Proposal,
  SignalRecord,
  SlotAnswer,
  SlotRequest,
  StartMove,
  TaskRunRecord,
} from '@millrace/kernel';
import type { CacheEntry, SessionInit, Store } from '@millrace/store';
import type { RecordedRows } from '../state/recorded-rows.ts';
import type { AnyRun } from '../state/run-tree.ts';

/**
 * Rows, queued in process and written in batches: the hot path. Records are queued by reference and read when their batch is
 * written, so that repeated writes of one record are one row. What crosses a wire is the batch, its outcome (which runs were
 * refused, and the revision each written flow run has now) and the mark of its commit.
 */
export type RowQueue = Pick<Store, 'putFlowRun' | 'putTaskRun' | 'appendLogs' | 'flush'>;

export interface Journal {
  readonly rows: RowQueue;
  readonly session: SessionVerbs;
  /** Takes a run for the session: it gets the next fencing token, so that what its former owner still writes is refused. */
  claim(request: ClaimRequest): Promise<ClaimAnswer>;
  /** The run as it is stored; null = it is gone. */
  flowRun(flowRunId: string): Promise<FlowRunRecord | null>;
  /** What the run's executions recorded of its calls, without outcomes. */
  snapshot(flowRunId: string): Promise<RecordedRows>;
  /** All runs below it, at any depth, without parameters and outcomes. */
  tree(flowRunId: string): Promise<readonly AnyRun[]>;
  /** The encoded outcomes, as far as there are any; a large one as its reference. */
  outcomes(request: OutcomesRequest): Promise<readonly (readonly [runId: string, outcome: string | null])[]>;
  /** Ends recorded calls that the code no longer makes, before their flow run ends. */
  endCalls(request: EndCallsRequest): Promise<void>;
  /** Evicts a run that may have been signalled: one that was is due at once. Answers the run as it is stored now. */
  park(request: ParkRunRequest): Promise<FlowRunRecord>;
  /** Leaves an unfinished run to others, due at once. No crash is counted. */
  abandon(request: { readonly flowRunId: string; readonly fencingToken: number }): Promise<void>;
  /** As `abandon`, before the process ends: a run that no process could reach ends as Crashed. */
  handOver(request: HandOverRequest): Promise<HandedOver>;
  readonly signals: SignalVerbs;
  readonly slots: SlotVerbs;
  readonly cache: CacheVerbs;
  /** Values too large for a row. */
  readonly values: Ledger['blobs'];
  /** Notifies of commits. */
  watch(listener: (hint: CommitHint) => void): { close(): void };
}

/** The lease under which a process holds whatever it holds. */
export interface SessionVerbs {
  open(session: SessionInit): Promise<void>;
  /** Which flows the process can run. */
  announce(request: { readonly sessionId: string; readonly serves: readonly string[] }): Promise<void>;
  /** Extends the lease, and answers what became of the runs that the process owns. */
  heartbeat(request: HeartbeatRequest): Promise<HeartbeatAnswer>;
  /** Ends it. `abandonsRuns`: unfinished runs are left to others, due at once. */
  close(request: { readonly sessionId: string; readonly abandonsRuns: boolean }): Promise<void>;
}

/** Slots that a process holds under one lease. */
export interface LeasedSlots {
  readonly leaseId: string;
  readonly holderId: string;
  readonly names: readonly string[];
  readonly occupy: number;
}

export interface HeartbeatRequest {
  readonly sessionId: string;
  /** null = the lease is only looked at. */
  readonly extend: LeaseExtension | null;
  /** The runs whose interrupts are wanted. */
  readonly owned: readonly OwnedRun[];
}

/** What a lease is extended with: one that is over is opened again, in one transaction with the slots that are still in use. */
export interface LeaseExtension {
  readonly session: SessionInit;
  readonly slots: readonly LeasedSlots[];
}

/** A run as the process that owns it knows it. */
export interface OwnedRun {
  readonly flowRunId: string;
  readonly fencingToken: number;
  readonly revision: string;
}

export interface HeartbeatAnswer {
  /** False = the lease was over: what was held may be another process's. */
  readonly wasLive: boolean;
  /** Owned runs that another process changed in a way that may stop them, as they are stored. */
  readonly interrupted: readonly FlowRunRecord[];
  /** Owned runs that have another fencing token now. */
  readonly lost: readonly string[];
  /** Owned runs without a row: removed, or not yet committed. */
  readonly missing: readonly string[];
}

export interface ClaimRequest {
  readonly sessionId: string;
  /** By id; by the idempotency key of the record that is made if there is none with it. */
  readonly run: { readonly id: string } | { readonly init: FlowRunInit & { readonly idempotencyKey: string } };
  /** How one that has ended is moved on. */
  readonly move?: StartMove;
  /** The fencing token of a run of the session's own that its process does not run: it may be claimed from the session itself. */
  readonly leftOver?: number;
}

export type ClaimAnswer =
  | { readonly status: 'claimed'; readonly run: FlowRunRecord; readonly recorded: RecordedRows }
  | { readonly status: 'ended'; readonly run: FlowRunRecord; readonly endedHere?: boolean }
  /** A live session owns it. */
  | { readonly status: 'held'; readonly run: FlowRunRecord }
  /** The asking session owns it: only its process knows whether it runs it. */
  | { readonly status: 'own'; readonly run: FlowRunRecord }
  | { readonly status: 'parked'; readonly run: FlowRunRecord };

export interface OutcomesRequest {
  readonly taskRunIds: readonly string[];
  readonly flowRunIds: readonly string[];
}

export interface EndCallsRequest {
  readonly flowRunId: string;
  readonly fencingToken: number;
  readonly at: number;
  readonly tasks: readonly TaskRunRecord[];
  readonly flowRunIds: readonly string[];
}

export interface ParkRunRequest {
  readonly flowRunId: string;
  readonly fencingToken: number;
  readonly proposal: Proposal;
  readonly wakeAt: number | null;
  /** Names of signals that were looked for and not there. */
  readonly awaited: readonly string[];
  /** Whether one of its waits has its signal already. */
  readonly isSignalled: boolean;
}

export interface HandOverRequest extends HandOver {
  readonly flowRunId: string;
  readonly sessionId: string;
}

export interface SignalVerbs {
  /** Whether a signal of the name can be taken: no commit, unlike a taking that finds none. */
  isUntaken(request: { readonly flowRunId: string; readonly name: string }): Promise<boolean>;
  /** The oldest one, consumed by the record in one transaction; null = there is none. */
  take(request: TakeSignalRequest): Promise<SignalRecord | null>;
  /** One that was taken before. */
  find(request: {
    readonly flowRunId: string;
    readonly name: string;
    readonly signalId: string;
  }): Promise<SignalRecord | null>;
}

export interface TakeSignalRequest {
  readonly flowRunId: string;
  readonly fencingToken: number;
  /** The session that owned the run when its execution began. */
  readonly sessionId: string | null;
  readonly record: TaskRunRecord;
  readonly name: string;
}

/** What takes something for a session takes nothing when its lease is over. */
export interface LeaseOver {
  readonly status: 'lease-over';
}

export interface SlotVerbs {
  acquire(request: AcquireSlotsRequest): Promise<AcquireSlotsAnswer>;
  /** Gives slots, or the right to compute a cache key, back. */
  release(request: { readonly leaseId: string; readonly kind: 'slots' | 'cache' }): Promise<void>;
}

export interface AcquireSlotsRequest extends SlotRequest {
  readonly leaseId: string;
  readonly sessionId: string;
}

export type AcquireSlotsAnswer =
  | Exclude<SlotAnswer, { status: 'granted' }>
  | { readonly status: 'granted'; readonly names: readonly string[] }
  | LeaseOver;

export interface CacheVerbs {
  get(key: string): Promise<CacheEntry | null>;
  /** The right to compute the value, one holder a key; the value if there is one and it need not be computed anew. */
  claim(request: ClaimKeyRequest): Promise<ClaimKeyAnswer>;
  /** Writes the value and gives the right to compute it back; nothing under a right that was lost. */
  put(request: { readonly entry: CacheEntry; readonly leaseId: string | null }): Promise<void>;
  remove(key: string): Promise<boolean>;
}

export interface ClaimKeyRequest {
  readonly key: string;
  readonly leaseId: string;
  readonly holderId: string;
  readonly sessionId: string;
  /** Whether the value is to be computed anew. */
  readonly refresh: boolean;
}

export type ClaimKeyAnswer =
  | { readonly status: 'hit'; readonly entry: CacheEntry }
  | { readonly status: 'claimed' }
  | { readonly status: 'busy' }
  | LeaseOver;
