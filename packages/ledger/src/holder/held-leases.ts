/**
 * The slots and cache claims of this process by holder, so that the end of a run releases the rest of them without a query for each run.
 *
 * A release never fails: if it can't be written now, it is written later while the session lives, whose end frees all of them. So a full
 * disk does not fail a body that has already completed.
 *
 * A process that slept past its lease takes the slots again that its bodies still use, even if another process took them meanwhile: the
 * limit is exceeded until they are released, and no further slot is granted before that.
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
  /** Leases whose release could not be written yet. */
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

  /** `slots` null = a cache claim: that is lost with the lease, because another process may have put the value. */
  add(leaseId: string, holderId: string, slots: SlotsOfLease | null): void {
    this.#holders.set(leaseId, { holderId, slots });
    const held = this.#leases.get(holderId);
    if (held === undefined) this.#leases.set(holderId, new Set([leaseId]));
    else held.add(leaseId);
    this.#activity.enter();
  }

  /** The caller's own write gave it back. */
  remove(leaseId: string): void {
    if (this.#forget(leaseId) !== undefined) this.#activity.leave();
  }

  /** Resolves when it is free, or when the release has to be tried again later. */
  giveBack(leaseId: string): Promise<void> {
    // The end of a run and the body of its task both give a lease back: both wait for one write.
    const kind = this.#forget(leaseId);
    if (kind === undefined) return this.#writing.get(leaseId) ?? Promise.resolve();
    const written = this.#write(leaseId, kind).finally(() => this.#writing.delete(leaseId));
    this.#writing.set(leaseId, written);
    return written;
  }

  /** Gives back all that a run, which has ended, still holds. */
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
