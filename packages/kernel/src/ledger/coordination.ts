/** The ledger's port for limits and the task cache. It never waits: an answer says when the engine should repeat its request. */
import type { PageRequest } from '../filters/named-conditions.ts';

/** A wish for slots of one or more limits. */
export interface SlotRequest {
  /** All of them, or none. */
  readonly names: readonly string[];
  readonly occupy: number;
  readonly mode: 'concurrency' | 'rate';
  /** The holder, for people and for the sweep: a run's id. */
  readonly holderId: string;
}

/** The answer to a request for slots. */
export type SlotAnswer =
  | { readonly status: 'granted'; readonly leaseId: string }
  | {
      readonly status: 'full';
      readonly name: string;
      readonly retryAfterMs: number;
      readonly heldBy: readonly string[];
    }
  /** None of the names has a limit: nothing to hold. */
  | { readonly status: 'unlimited' };

/** Concurrency and rate limits, over all processes. */
export interface Limits {
  acquire(request: SlotRequest): Promise<SlotAnswer>;
  /** Never fails: what can't be written now is given back later, at the latest by the end of the session. */
  release(leaseId: string): Promise<void>;
  set(limit: {
    readonly name: string;
    readonly limit: number;
    readonly slotDecayPerSecond?: number;
    readonly active?: boolean;
  }): Promise<void>;
  get(name: string): Promise<LimitView | undefined>;
  list(page?: PageRequest): Promise<readonly LimitView[]>;
  remove(name: string): Promise<boolean>;
}

/** A limit and its use now. */
export interface LimitView {
  readonly name: string;
  readonly limit: number;
  readonly active: boolean;
  readonly slotDecayPerSecond: number;
  /** Counted from rows. */
  readonly occupied: number;
  readonly heldBy: readonly string[];
}

/** The answer to a request for a cached value. */
export type CacheAnswer =
  | { readonly status: 'hit'; readonly outcome: string; readonly taskRunId: string | null }
  /** This caller computes it; others wait. */
  | { readonly status: 'claimed'; readonly leaseId: string }
  /** Another caller computes it. */
  | { readonly status: 'busy' };

/** Values by cache key, and who may compute one. */
export interface Cache {
  /** A hit, or the right to compute it (one holder a key, over all processes). `refresh` skips the look-up. */
  claim(key: string, options: { readonly holderId: string; readonly refresh: boolean }): Promise<CacheAnswer>;
  /**
   * Writes the value and gives the claim back, in one transaction. Nothing is written under a claim that was lost. A value whose
   * claim was given back before, as it waited for its transaction, has none: it is the newest.
   */
  put(entry: {
    readonly key: string;
    readonly leaseId: string | null;
    readonly outcome: string;
    readonly taskRunId: string | null;
    readonly expiresAt: number | null;
  }): Promise<void>;
  /** Gives the claim back without a value; fails as little as Limits.release. */
  release(leaseId: string): Promise<void>;
  get(key: string): Promise<string | undefined>;
  remove(key: string): Promise<boolean>;
}
