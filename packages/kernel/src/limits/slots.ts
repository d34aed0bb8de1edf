/**
 * Decides whether slots of limits can be taken now, and when to repeat the request if not. The ledger counts and takes the slots, in one
 * transaction.
 *
 * Slots of all names are taken, or of none. A name without a limit, or with a limit that is switched off, restricts nothing.
 */

/** A limit and its use, as the store counts it. */
export interface LimitUse {
  readonly name: string;
  readonly limit: number;
  /** How many rate slots come back a second; 0 = none is given for rates. */
  readonly slotDecayPerSecond: number;
  readonly active: boolean;
  /** Slots that live holders have. */
  readonly occupied: number;
  /** When the next rate slot comes back (epoch ms); null = no rate slot is out. */
  readonly nextFreeAt: number | null;
}

/** A request for slots. */
export interface SlotWish {
  /** Slots of each limit; one or more. */
  readonly occupy: number;
  readonly mode: 'concurrency' | 'rate';
}

/** The inputs of the decision beside the limits. */
export interface SlotContext {
  /** Epoch ms, of the clock that the limits were counted by. */
  readonly now: number;
  /** 0 <= n < 1. */
  readonly random: () => number;
}

/** The answer to a request for slots. */
export type SlotDecision =
  /** They can be taken, of these limits; none = nothing limits the caller. */
  | { readonly kind: 'free'; readonly names: readonly string[] }
  /** This limit is full: ask again in `retryAfterMs`. */
  | { readonly kind: 'full'; readonly name: string; readonly retryAfterMs: number }
  /** This limit can never give as many. */
  | {
      readonly kind: 'impossible';
      readonly name: string;
      readonly limit: number;
      readonly why: 'too-many' | 'no-rate';
    };

/** How long to wait for a slot that is held: it is not known when it comes free, so not long. */
const heldRetryMs = 500;
const longestRetryMs = 30_000;

/**
 * Decides whether the slots can be taken.
 *
 * @param limits the limits among the names asked for, with their use; names without a limit are left out.
 * @param wish how many slots of each, and for how long: until given back, or (rate) until they have come back by themselves.
 * @param context the present instant and a source of randomness, so that many who wait don't ask all at once.
 * @returns the limits to take from, the first one that is full, or the first that can never give as many.
 * @example
 * decideSlots([{ name: 'db', limit: 2, occupied: 1, active: true, slotDecayPerSecond: 0, nextFreeAt: null }],
 *   { occupy: 1, mode: 'concurrency' }, { now, random }) // { kind: 'free', names: ['db'] }
 */
export function decideSlots(limits: readonly LimitUse[], wish: SlotWish, context: SlotContext): SlotDecision {
  const active = limits.filter((limit) => limit.active);
  for (const limit of active) {
    const { name } = limit;
    if (wish.mode === 'rate' && limit.slotDecayPerSecond <= 0) {
      return { kind: 'impossible', name, limit: limit.limit, why: 'no-rate' };
    }
    // A limit of zero is a stop sign that may be taken away again: requests wait.
    if (limit.limit > 0 && wish.occupy > limit.limit) {
      return { kind: 'impossible', name, limit: limit.limit, why: 'too-many' };
    }
  }
  for (const limit of active) {
    const missing = limit.occupied + wish.occupy - limit.limit;
    if (missing > 0) return { kind: 'full', name: limit.name, retryAfterMs: retryAfter(limit, missing, context) };
  }
  return { kind: 'free', names: active.map((limit) => limit.name) };
}

function retryAfter(limit: LimitUse, missing: number, { now, random }: SlotContext): number {
  if (limit.nextFreeAt === null || limit.slotDecayPerSecond <= 0) return Math.ceil(heldRetryMs * (0.5 + random()));
  const othersMs = ((missing - 1) / limit.slotDecayPerSecond) * 1_000;
  return Math.ceil(Math.min(longestRetryMs, Math.max(1, limit.nextFreeAt - now + othersMs)));
}
