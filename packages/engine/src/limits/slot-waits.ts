/**
 * Who waits for slots in this process and what its code holds, by limit: whose turn it is when one comes free, and which wait
 * could never end (law 6).
 *
 * The ledger alone says who gets a slot. First come, first served is kept among the waits of this process only.
 */
import { sharedByCopies } from '@millrace/kernel';
import type { Engine, Run } from '../runs/model.ts';
import type { HeldSlots, Waiter } from './held-slots.ts';

/** One wait for a slot of one limit. */
export interface SlotWait {
  /** Set while it naps: it asks now. */
  wake: (() => void) | null;
  /** It is the first of those who wait now, and asks soon. */
  lead(): void;
}

export class SlotWaits {
  readonly #waits = new Map<string, Set<SlotWait>>();
  readonly #held = new Map<string, Set<HeldSlots>>();
  /** Limits of which a slot came free while those who wait for it were asking: their answer may be from before. */
  readonly #missed = new Set<string>();

  join(name: string, wait: SlotWait): void {
    const waits = this.#waits.get(name);
    if (waits === undefined) this.#waits.set(name, new Set([wait]));
    else waits.add(wait);
  }

  /** It waits no more. `isMore`: others may be granted a slot too, as this one was though none came free here. */
  leave(name: string, wait: SlotWait, isMore: boolean): void {
    const waits = this.#waits.get(name);
    if (waits?.delete(wait) !== true) return;
    if (waits.size === 0) this.#waits.delete(name);
    else if (isMore) this.#wake(name, 1);
    else waits.values().next().value?.lead();
  }

  /** Whether a slot came free that no wait was woken for. The first that asks about it asks again. */
  takeMissed(name: string): boolean {
    return this.#missed.delete(name);
  }

  /** How many ask before this one: so much more rarely need it ask by itself. */
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

  /** Slots of the limit that come free only after this code has gone on, and the way from one of them back to its run. */
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
