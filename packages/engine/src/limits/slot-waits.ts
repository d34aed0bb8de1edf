/**
 * The waits for slots in this process and the slots that its code holds, by limit. When a slot becomes free, the next wait is woken; a wait
 * that could never end is found (law 6).
 *
 * Only the ledger grants slots, so first come, first served holds among the waits of this process only.
 */
import { sharedByCopies } from '@millrace/kernel';
import type { Engine, Run } from '../runs/model.ts';
import type { HeldSlots, Waiter } from './held-slots.ts';

/** One wait for a slot of one limit. */
export interface SlotWait {
  /** Set while it pauses: makes it ask now. */
  wake: (() => void) | null;
  /** Called when it has become the first wait: it asks soon. */
  lead(): void;
}

export class SlotWaits {
  readonly #waits = new Map<string, Set<SlotWait>>();
  readonly #held = new Map<string, Set<HeldSlots>>();
  /** Limits with a slot that came free while all waits for it were asking: their answers may be older than that. */
  readonly #missed = new Set<string>();

  join(name: string, wait: SlotWait): void {
    const waits = this.#waits.get(name);
    if (waits === undefined) this.#waits.set(name, new Set([wait]));
    else waits.add(wait);
  }

  /** Removes a wait. `isMore`: others may get a slot too, because this one did without a release in this process. */
  leave(name: string, wait: SlotWait, isMore: boolean): void {
    const waits = this.#waits.get(name);
    if (waits?.delete(wait) !== true) return;
    if (waits.size === 0) this.#waits.delete(name);
    else if (isMore) this.#wake(name, 1);
    else waits.values().next().value?.lead();
  }

  /** Whether a slot came free without waking a wait. The first caller asks the ledger again. */
  takeMissed(name: string): boolean {
    return this.#missed.delete(name);
  }

  /** How many waits ask before this one; it asks by itself that much more rarely. */
  before(name: string, wait: SlotWait): number {
    const waits = this.#waits.get(name);
    return waits === undefined || waits.values().next().value === wait ? 0 : waits.size - 1;
  }

  hold(held: HeldSlots): void {
    for (const name of held.names) {
      const all = this.#held.get(name);
      if (all === undefined) this.#held.set(name, new Set([held]));
      else all.add(held);
    }
  }

  /** The slots are free again. */
  release(names: readonly string[], { occupy, held }: { readonly occupy: number; readonly held?: HeldSlots }): void {
    for (const name of names) {
      const all = held === undefined ? undefined : this.#held.get(name);
      if (held !== undefined) all?.delete(held);
      if (all?.size === 0) this.#held.delete(name);
      this.#wake(name, occupy);
    }
  }

  /** The number of slots of the limit that come free only after this code has continued, and the path from one of them to its run. */
  heldFor(name: string, waiter: Waiter): { readonly occupied: number; readonly path: readonly Run[] } {
    let occupied = 0;
    let path: readonly Run[] = [];
    for (const held of this.#held.get(name) ?? []) {
      const way = held.wayTo(waiter);
      if (way === undefined) continue;
      occupied += held.occupy;
      path = way;
    }
    return { occupied, path };
  }

  #wake(name: string, count: number): void {
    let left = count;
    for (const wait of this.#waits.get(name) ?? []) {
      if (left === 0) return;
      if (wait.wake === null) continue;
      wait.wake();
      left -= 1;
    }
    if (left > 0) this.#missed.add(name);
  }
}

const byEngine = sharedByCopies('slot-waits', () => new WeakMap<Engine, SlotWaits>());

export function slotWaitsOf(engine: Engine): SlotWaits {
  const known = byEngine.get(engine);
  if (known !== undefined) return known;
  const made = new SlotWaits();
  byEngine.set(engine, made);
  return made;
}
