/** What all use cases of one ledger share. Made once by `createLedger`; nothing in it is global. */
import type { Clock } from '@millrace/kernel';
import type { Store, Transaction } from '@millrace/store';
import type { ClockWatch } from './clock-watch.ts';
import type { ProcessIdentity } from './process-identity.ts';
import type { TaskDecider } from './task-decider.ts';

export interface LedgerContext {
  readonly store: Store;
  readonly clock: Clock;
  /** 0 <= n < 1. */
  readonly random: () => number;
  readonly ids: () => string;
  readonly session: ActingSession;
  readonly owned: OwnedRuns;
  readonly leases: ActingLeases;
  readonly taskDecider: TaskDecider;
  readonly isProcessAlive: (process: ProcessIdentity) => boolean;
  readonly clockWatch: ClockWatch;
  /** How long a run without a process is left to one that may come back, before a sweep ends it. */
  readonly orphanGraceMs: number;
}

/** The session in whose name a use case acts. */
export interface ActingSession {
  readonly id: string;
  /** The flows that its process can run. */
  readonly serves: readonly string[];
  /** Queues the opening ahead of the write that the caller is about to queue. */
  ensure(): void;
  /** Runs a body that takes something for the session, in a transaction in which its lease holds. */
  taking<T>(body: (transaction: Transaction) => Promise<T>): Promise<T>;
}

/** The flow runs that the acting process owns. */
export interface OwnedRuns {
  /** Whether the process runs it. */
  runs(flowRunId: string): boolean;
  /** Whether the process runs it, or a claim of it is being committed. */
  owns(flowRunId: string): boolean;
  reserve(flowRunId: string): void;
  unreserve(flowRunId: string): void;
}

/** The leases on slots and cache keys that the acting process holds. */
export interface ActingLeases {
  add(leaseId: string, holderId: string, slots: LeasedSlots | null): void;
  remove(leaseId: string): void;
  giveBack(leaseId: string): Promise<void>;
}

/** Which slots a lease is of; null in its place = a cache key. */
export interface LeasedSlots {
  readonly names: readonly string[];
  readonly occupy: number;
}
