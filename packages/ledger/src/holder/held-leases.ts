/**
 * Slots and cache claims that this process holds, by holder, so that a run that ends gives back what it forgot to release
 * without a look into the database for each run.
 *
 * Giving back never fails: what can't be written now is written later, for as long as the session lasts, whose end frees
 * all that is left. A body that was done is not told of a full disk by the slot that it let go.
 *
 * A process that slept past its lease takes again the slots that its bodies still use, also where somebody else had them
 * meanwhile: then nobody gets one more before they are given back.
 */
import type { Clock, TimerHandle } from '@millrace/kernel';
import type { LeasedSlots, SlotVerbs } from '../journal/journal.ts';
import type { Activity } from '../session/activity.ts';

const retryMs = 1_000;

type LeaseKind = 'slots' | 'cache';

/** Which slots a lease is of. */
type SlotsOfLease = Pick<LeasedSlots, 'names' | 'occupy'>;

export class HeldLeases {
  readonly #verbs: SlotVerbs;
  readonly #clock: Clock;
  readonly #activity: Activity;
  readonly #holders = new Map<string, { readonly holderId: string; readonly slots: SlotsOfLease | null }>();
  readonly #leases = new Map<string, Set<string>>();
  /** What could not be given back yet, by lease. */
  readonly #owed = new Map<string, LeaseKind>();
  /** Leases that are being given back. */
  readonly #writing = new Map<string, Promise<void>>();
  #timer: TimerHandle | null = null;
  #isClosed = false;

  constructor({ verbs, clock, activity }: { verbs: SlotVerbs; clock: Clock; activity: Activity }) {
    this.#verbs = verbs;
    this.#clock = clock;
    this.#activity = activity;
  }

  /** `slots` null = a cache claim: that is lost with the lease, as somebody else may have put the value. */
  add(leaseId: string, holderId: string, slots: SlotsOfLease | null): void {
    this.#holders.set(leaseId, { holderId, slots });
    const held = this.#leases.get(holderId);
    if (held === undefined) this.#leases.set(holderId, new Set([leaseId]));
    else held.add(leaseId);
    this.#activity.enter();
  }

  /** It was given back by a write of the caller's. */
  remove(leaseId: string): void {
    if (this.#forget(leaseId) !== undefined) this.#activity.leave();
  }

  /** Resolves when others can have it, or when that has to be tried again later. */
  giveBack(leaseId: string): Promise<void> {
    // A run that ends gives back what it holds, and its task does so too: both wait for the one write.
    const kind = this.#forget(leaseId);
    if (kind === undefined) return this.#writing.get(leaseId) ?? Promise.resolve();
    const written = this.#write(leaseId, kind).finally(() => this.#writing.delete(leaseId));
    this.#writing.set(leaseId, written);
    return written;
  }

  /** The run has ended: what it still holds is given back. */
  ended(runId: string): void {
    for (const leaseId of [...(this.#leases.get(runId) ?? [])]) void this.giveBack(leaseId);
  }

  /** The slots that are in use. */
  slots(): readonly LeasedSlots[] {
    const used: LeasedSlots[] = [];
    for (const [leaseId, { holderId, slots }] of this.#holders) {
      if (slots !== null) used.push({ ...slots, leaseId, holderId });
    }
    return used;
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #forget(leaseId: string): LeaseKind | undefined {
    const held = this.#holders.get(leaseId);
    if (held === undefined) return undefined;
    const { holderId } = held;
    this.#holders.delete(leaseId);
    const leases = this.#leases.get(holderId);
    leases?.delete(leaseId);
    if (leases?.size === 0) this.#leases.delete(holderId);
    return held.slots === null ? 'cache' : 'slots';
  }

  async #write(leaseId: string, kind: LeaseKind): Promise<void> {
    try {
      await this.#verbs.release({ leaseId, kind });
      this.#activity.leave();
    } catch {
      if (this.#isClosed) return;
      this.#owed.set(leaseId, kind);
      this.#timer ??= this.#clock.setTimer(retryMs, () => this.#payOff());
    }
  }

  #payOff(): void {
    this.#timer = null;
    const owed = [...this.#owed];
    this.#owed.clear();
    for (const [leaseId, kind] of owed) void this.#write(leaseId, kind);
  }
}
