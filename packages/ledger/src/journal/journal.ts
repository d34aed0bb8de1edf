/**
 * The journal: the port through which a process that owns runs (sessions, executions, leases, interrupts) reads and writes records.
 *
 * In process each verb is a use case over the store. The same verbs are a wire protocol: every argument and every answer is
 * JSON data. Instants are numbers, an absent value is null or left out, and an error crosses as data that keeps its `code`.
 *
 * Order: rows and verbs that write are written in the order in which they were queued. A verb that only reads sees committed
 * rows. Every verb that writes a run names the session or the fencing token it acts under, and is refused
 * (StaleExecution) when that is no longer the run's.
 */
import type {
  CommitNotification,
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
 * written, so that repeated writes of one record are one row. A wire carries the batch (with each record that was read without its
 * outcome marked, because writing it back must not erase the stored one), its result (the runs that were refused, and the new
 * revision of each written flow run) and the mark of its commit.
 */
export type RowQueue = Pick<Store, 'putFlowRun' | 'putTaskRun' | 'appendLogs' | 'flush'>;

export interface Journal {
  readonly rows: RowQueue;
  readonly session: SessionVerbs;
  /** Takes a run for the session: it gets the next fencing token, so that later writes of its former owner are refused. */
  claim(request: ClaimRequest): Promise<ClaimAnswer>;
  /** The run as it is stored; null = it is gone. */
  flowRun(flowRunId: string): Promise<FlowRunRecord | null>;
  /** The recorded calls of the run, without outcomes. */
  snapshot(flowRunId: string): Promise<RecordedRows>;
  /** All runs below it, at any depth, without parameters and outcomes. */
  tree(flowRunId: string): Promise<readonly AnyRun[]>;
  /** The encoded outcomes, as far as there are any; a large one as its reference. */
  outcomes(request: OutcomesRequest): Promise<readonly (readonly [runId: string, outcome: string | null])[]>;
  /** Ends recorded calls that the code no longer makes, before their flow run ends. */
  endCalls(request: EndCallsRequest): Promise<void>;
  /** Evicts a run that may have been signalled; if it was, it is due at once. Answers the stored run. */
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
  /** Calls the listener after commits. */
  watch(listener: (notification: CommitNotification) => void): { close(): void };
}

/** The lease under which a process owns runs and holds slots. */
export interface SessionVerbs {
  open(session: SessionInit): Promise<void>;
  /** Which flows the process can run. */
  announce(request: { readonly sessionId: string; readonly serves: readonly string[] }): Promise<void>;
  /** Extends the lease, and answers how other processes changed the runs that this one owns. */
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

/** A lease that is over is opened again, in one transaction with the slots that are still in use. */
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
  /** False = the lease was over: another process may own the runs and hold the slots now. */
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
  /** By id, or by idempotency key: then the run is made if no run has the key. */
  readonly run: { readonly id: string } | { readonly init: FlowRunInit & { readonly idempotencyKey: string } };
  /** How a run that has ended is moved on. */
  readonly move?: StartMove;
  /** The fencing token of a run that the session owns but its process does not run: the claim may take it from the session itself. */
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
  /** Whether a signal of the name can be taken. It only reads, while a take that finds none is a commit all the same. */
  isUntaken(request: { readonly flowRunId: string; readonly name: string }): Promise<boolean>;
  /** The oldest one, consumed by the record in one transaction; null = there is none. */
  take(request: TakeSignalRequest): Promise<SignalRecord | null>;
  /** A signal that was taken before. */
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

/** A verb that takes something for a session takes nothing when the lease is over. */
export interface LeaseOver {
  readonly status: 'lease-over';
}

export interface SlotVerbs {
  acquire(request: AcquireSlotsRequest): Promise<AcquireSlotsAnswer>;
  /** Gives back slots, or the right to compute a cache key. */
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
  /** The right to compute the value, one holder a key; or the value, if there is one and no refresh is wanted. */
  claim(request: ClaimKeyRequest): Promise<ClaimKeyAnswer>;
  /** Writes the value and gives the right to compute it back. Writes nothing under a right that was lost. */
  put(request: { readonly entry: CacheEntry; readonly leaseId: string | null }): Promise<void>;
  remove(key: string): Promise<boolean>;
}

export interface ClaimKeyRequest {
  readonly key: string;
  readonly leaseId: string;
  readonly holderId: string;
  readonly sessionId: string;
  /** Whether to compute the value again even if there is one. */
  readonly refresh: boolean;
}

export type ClaimKeyAnswer =
  | { readonly status: 'hit'; readonly entry: CacheEntry }
  | { readonly status: 'claimed' }
  | { readonly status: 'busy' }
  | LeaseOver;
