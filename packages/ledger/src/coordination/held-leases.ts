/**
 * Slots and cache claims that this process holds, by holder, so that a run that ends gives back what it forgot to release
 * without a look into the database for each run.
 */
import type { Store } from '@millrace/store';
import type { Activity } from '../session/activity.ts';

export class HeldLeases {
  readonly #store: Store;
  readonly #activity: Activity;
  readonly #holders = new Map<string, string>();
  readonly #leases = new Map<string, Set<string>>();

  constructor(store: Store, activity: Activity) {
    this.#store = store;
    this.#activity = activity;
  }

  add(leaseId: string, holderId: string): void {
    this.#holders.set(leaseId, holderId);
    const held = this.#leases.get(holderId);
    if (held === undefined) this.#leases.set(holderId, new Set([leaseId]));
    else held.add(leaseId);
    this.#activity.enter();
  }

  remove(leaseId: string): void {
    const holderId = this.#holders.get(leaseId);
    if (holderId === undefined) return;
    this.#holders.delete(leaseId);
    const held = this.#leases.get(holderId);
    held?.delete(leaseId);
    if (held?.size === 0) this.#leases.delete(holderId);
    this.#activity.leave();
  }

  /** The run has ended: what it still holds is given back. Should that fail, the session's end does it. */
  ended(runId: string): void {
    const held = this.#leases.get(runId);
    if (held === undefined) return;
    for (const leaseId of [...held]) {
      this.remove(leaseId);
      this.#store
        .write(async (transaction) => {
          await transaction.slots.release(leaseId);
          await transaction.cache.release(leaseId);
        })
        .catch(() => {});
    }
  }
}
