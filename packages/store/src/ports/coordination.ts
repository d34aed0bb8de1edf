/**
 * Ports of leases (law 5) and signals: sessions, signals, concurrency slots and cache claims.
 *
 * A session is the lease of one process. Everything that a process holds names its session, so that the expiry of one row frees all of it.
 * Only the database's clock decides what is expired.
 */
import type { PageRequest } from './page.ts';

/** A process's description of itself when it opens a session. */
export interface SessionInit {
  readonly id: string;
  /** Random; tells two sessions apart where an id was reused by mistake. */
  readonly nonce: string;
  readonly host: string;
  readonly bootId: string;
  readonly pid: number;
  /** When the process started, by the system's clock; '' = unknown. Distinguishes a reused pid from the same process. */
  readonly pidStartedAt: string;
  /** Flow names that this process can run. */
  readonly serves: readonly string[];
  readonly ttlMs: number;
}

/** A session as it is stored: one process's lease on all that names it. */
export interface SessionRecord extends Omit<SessionInit, 'ttlMs'> {
  readonly openedAt: number;
  /** From then on it holds nothing (database clock, epoch ms). */
  readonly expiresAt: number;
}

/** Port: the leases of processes. Expiry is decided by the database's clock; an expired session never comes back. */
export interface Sessions {
  open(session: SessionInit): Promise<SessionRecord>;
  /** False when it is expired or closed: it holds nothing any more and a new one must be opened. */
  extend(id: string, ttlMs: number): Promise<boolean>;
  announce(id: string, serves: readonly string[]): Promise<void>;
  get(id: string): Promise<SessionRecord | undefined>;
  /** Whether its time is not over yet. */
  isLive(id: string): Promise<boolean>;
  /** Those of the sessions that exist, over or not: one read for many. */
  ofIds(ids: readonly string[]): Promise<readonly SessionRecord[]>;
  live(page?: PageRequest): Promise<readonly SessionRecord[]>;
  /** Sessions whose time is over and that are not closed, oldest first. */
  expired(limit: number): Promise<readonly SessionRecord[]>;
  /** As `expired`, but only those that no unfinished run names: a run's says since when its process is gone. */
  spent(limit: number): Promise<readonly SessionRecord[]>;
  /** Flow names that live sessions serve. */
  served(): Promise<readonly string[]>;
  /** Ends its time now if it is not over, and frees its slots and its cache claims. It stays for the runs that it holds. */
  expire(id: string): Promise<void>;
  /** Deletes it, its slots and its cache claims. Runs it holds become claimable. False when it was gone. */
  close(id: string): Promise<boolean>;
}

/** A signal to be sent to a flow run. */
export interface SignalInit {
  readonly id: string;
  readonly flowRunId: string;
  readonly name: string;
  readonly payload: string;
  /** null = each send counts. */
  readonly idempotencyKey: string | null;
}

/** A signal as it is stored; it stays after it was taken, so that its idempotency key stays known. */
export interface SignalRecord extends SignalInit {
  readonly sentAt: number;
  /** null = not taken yet. */
  readonly takenAt: number | null;
}

/** Port: signals to flow runs, each taken once. */
export interface Signals {
  /** False when this run already has a signal of this name and idempotency key (taken or not). */
  send(signal: SignalInit): Promise<boolean>;
  /** The oldest one that is not taken, now taken by this transaction; concurrent takers get different ones. */
  takeOldest(flowRunId: string, name: string): Promise<SignalRecord | undefined>;
  /** Whether one of these names waits for the run to take it, however many were taken before. */
  hasUntaken(flowRunId: string, names: readonly string[]): Promise<boolean>;
  /** Of one run, by id. */
  list(flowRunId: string, page?: PageRequest): Promise<readonly SignalRecord[]>;
}

/** A concurrency or rate limit, by name. */
export interface LimitInit {
  readonly name: string;
  readonly limit: number;
  /** How many rate slots come back a second; 0 = none is given for rates. */
  readonly slotDecayPerSecond: number;
  readonly active: boolean;
}

/** A limit and what is held of it now. */
export interface LimitUsage extends LimitInit {
  /** Made by the store; it stays when the limit is changed. */
  readonly id: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Counted from the rows of live holders. */
  readonly occupied: number;
  /** When the next rate slot comes back (epoch ms); null = no rate slot is out. */
  readonly nextFreeAt: number | null;
}

/** Slots to be taken under one lease: of all the names. */
export interface SlotHold {
  readonly leaseId: string;
  readonly names: readonly string[];
  readonly occupy: number;
  /**
   * concurrency: until released, or its session is over, or its own lease. rate: each slot comes back after
   * 1/slotDecayPerSecond, one after another.
   */
  readonly mode: 'concurrency' | 'rate';
  /** The run or the client; null without a session and a lease = anonymous: see `releaseAnonymous`. */
  readonly holderId: string | null;
  readonly sessionId: string | null;
  /** A lease of its own, which is no session's: over after so long unless it is extended. Absent = none. */
  readonly leaseMs?: number;
}

/** The holders of slots of a limit. */
export interface SlotHolder {
  readonly leaseId: string;
  readonly holderId: string | null;
  readonly sessionId: string | null;
  readonly occupy: number;
  readonly acquiredAt: number;
  /** When its own lease is over; null = it has none. */
  readonly leaseUntil: number | null;
  /** Rate slots; null = until released. */
  readonly expiresAt: number | null;
}

/** Port: concurrency limits and the slots held of them, counted from rows only. */
export interface Slots {
  /** Makes the limit or changes it; what is held stays held. */
  setLimit(limit: LimitInit): Promise<void>;
  getLimit(name: string): Promise<LimitUsage | undefined>;
  /** By name. */
  listLimits(page?: PageRequest): Promise<readonly LimitUsage[]>;
  /** Deletes it and its slots. */
  removeLimit(name: string): Promise<boolean>;
  /** The limits among these names (unknown ones are absent), locked in one order until this transaction ends, and their use. */
  lock(names: readonly string[]): Promise<readonly LimitUsage[]>;
  /** Takes slots of locked limits; the caller has decided that they are free. */
  hold(hold: SlotHold): Promise<void>;
  /** False when nothing was held under this lease. Rate slots stay until they have decayed. */
  release(leaseId: string): Promise<boolean>;
  /** Extends a lease of its own by so long from now. False when it is over, released, or was never one. */
  extend(leaseId: string, leaseMs: number): Promise<boolean>;
  /** Frees up to so many slots of a limit that were taken without a lease, the oldest first. Answers how many. */
  releaseAnonymous(name: string, count: number): Promise<number>;
  /** Concurrency slots of a run that ended. */
  releaseHeldBy(holderId: string): Promise<number>;
  /** Live holders, oldest first. */
  holders(name: string, limit: number): Promise<readonly SlotHolder[]>;
  /** Deletes slots that no longer count (decayed, or their session or their own lease is over), at most so many. Answers how many. */
  sweep(limit: number): Promise<number>;
}

/** A value of the task cache. */
export interface CacheEntry {
  readonly key: string;
  readonly outcome: string;
  readonly taskRunId: string | null;
  /** Epoch ms; null = never. */
  readonly expiresAt: number | null;
}

/** Port: values of the task cache, and the right to compute one. */
export interface CacheEntries {
  /** undefined when there is none or it is expired. */
  get(key: string): Promise<(CacheEntry & { readonly createdAt: number }) | undefined>;
  /** The right to compute the key's value; false while a live session has it. */
  claim(claim: {
    readonly key: string;
    readonly leaseId: string;
    readonly holderId: string;
    readonly sessionId: string | null;
  }): Promise<boolean>;
  release(leaseId: string): Promise<boolean>;
  put(entry: CacheEntry): Promise<void>;
  remove(key: string): Promise<boolean>;
}
