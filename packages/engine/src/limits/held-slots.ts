/**
 * The slots that a piece of code holds, and the runs that it waits for meanwhile, so that a wait without end is found: code that holds a
 * slot and waits for a run that waits for this slot.
 */
import type { Permit, Run } from '../runs/model.ts';
import { findCycle } from '../runs/waiting.ts';

/** Code that waits for a slot. */
export interface Waiter {
  readonly run: Run;
  readonly permit: Permit | null;
}

export interface HeldSlots {
  readonly names: readonly string[];
  readonly occupy: number;
  /** The runs from the holder to the waiting one, each waiting for the next; undefined = the slots come free without the waiting run. */
  wayTo(waiter: Waiter): readonly Run[] | undefined;
}

/** Held by a run for as long as its body runs. */
export class SlotsOfRun implements HeldSlots {
  readonly names: readonly string[];
  readonly occupy = 1;
  readonly #run: Run;

  constructor(run: Run, name: string) {
    this.#run = run;
    this.names = [name];
  }

  wayTo({ run }: Waiter): readonly Run[] | undefined {
    return findCycle(this.#run, run)?.slice(1);
  }
}

/** Held by the body of `concurrency()`. As the permit of that body it sees each of its waits, and no other of the same run. */
export class SlotsOfBlock implements HeldSlots, Permit {
  readonly names: readonly string[];
  readonly occupy: number;
  readonly #run: Run;
  readonly #outer: Permit | null;
  readonly #waitingOn = new Set<readonly Run[]>();

  constructor(
    run: Run,
    slots: { readonly names: readonly string[]; readonly occupy: number; readonly permit: Permit | null },
  ) {
    this.#run = run;
    this.names = slots.names;
    this.occupy = slots.occupy;
    this.#outer = slots.permit;
  }

  suspend(runs?: readonly Run[]): void {
    if (runs !== undefined) this.#waitingOn.add(runs);
    this.#outer?.suspend(runs);
  }

  resume(runs?: readonly Run[]): Promise<void> | undefined {
    if (runs !== undefined) this.#waitingOn.delete(runs);
    return this.#outer?.resume(runs);
  }

  wayTo(waiter: Waiter): readonly Run[] | undefined {
    if (this.#run.settlement !== 'pending') return undefined;
    if (this.#surrounds(waiter.permit)) return [this.#run];
    for (const runs of this.#waitingOn) {
      for (const run of runs) {
        const cycle = findCycle(run, waiter.run);
        if (cycle !== undefined) return [this.#run, ...cycle.slice(1)];
      }
    }
    return undefined;
  }

  /** Whether the code with this permit runs within the block. */
  #surrounds(permit: Permit | null): boolean {
    for (let inner = permit; inner instanceof SlotsOfBlock; inner = inner.#outer) if (inner === this) return true;
    return false;
  }
}
