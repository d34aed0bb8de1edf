/**
 * What an outermost run and all below it are doing: enough to know when nothing of it needs the process any more.
 *
 * A run is quiet while its body waits for another run, or while it is a recorded wait itself (sleep, signal, input). When
 * every unsettled run of a tree is quiet, all that is left is to wait: after a while the tree is parked (execution/tree-eviction.ts).
 *
 * What a body awaits besides, such as a request of its own that races with a sleep, can't be seen, and is dropped with it. So
 * a tree is parked for what it holds only (memory, a slot of its flow): as long as there are few, they stay for some minutes.
 * A dropped body that comes to more than the end of its wait (`onStir`) is called again at once, and not dropped again.
 */

import { StateName, StateType } from '@millrace/kernel';
import type { Run, Tree } from './model.ts';

/** How long a tree must have been quiet; its wait must be longer than the engine's `parkAfterMs` besides. */
const QUIET_MS = 100;
/** How long a quiet tree stays in memory at most. */
const RESIDENT_MAX_MS = 10 * 60_000;

export class ActivityTree implements Tree {
  readonly root: Run;
  /** Runs that have not settled. */
  unsettled = 0;
  /** How many of them are quiet. */
  quiet = 0;
  /** Slots that bodies hold by `concurrency()`: such a tree stays. */
  held = 0;
  /** A body of it had more to do than wait, and was dropped for nothing. */
  staysAwake = false;
  isSuspended = false;
  trustsOrder = false;
  onStir: (() => void) | null = null;
  /** Recorded waits under way, with when each is due (epoch ms; null = not by itself). */
  readonly waits = new Map<Run, number | null>();
  #timer: { cancel(): void } | null = null;

  constructor(root: Run) {
    this.root = root;
  }

  /** Whether nothing of the tree needs the process now. */
  get isQuiet(): boolean {
    return this.waits.size > 0 && this.quiet === this.unsettled && this.held === 0;
  }

  /** When the first of the waits is due; null = none by itself. */
  get wakeAt(): number | null {
    let earliest: number | null = null;
    for (const at of this.waits.values()) if (at !== null && (earliest === null || at < earliest)) earliest = at;
    return earliest;
  }

  /** Called after each change; asks for the parking when the tree has stayed quiet for a while. */
  changed(): void {
    const { engine } = this.root.runtime;
    if (engine === null) return;
    if (!this.isQuiet) {
      this.#timer?.cancel();
      this.#timer = null;
      engine.residents.delete(this);
      return;
    }
    if (this.#timer !== null || this.root.kind !== 'flow') return;
    this.#timer = engine.clock.setTimer(Math.min(engine.parkAfterMs, QUIET_MS), () => {
      this.#timer = null;
      if (this.waitsLong) this.#settleDown();
    });
  }

  get waitsLong(): boolean {
    const { wakeAt, root } = this;
    const { clock, parkAfterMs } = root.engine;
    return this.isQuiet && (wakeAt === null || wakeAt - clock.now() > parkAfterMs);
  }

  #settleDown(): void {
    const { engine } = this.root;
    if (this.#mustGo || (this.#mayGo && (this.#holdsSlot || engine.residents.size >= engine.residentMax))) {
      engine.park(this);
      return;
    }
    engine.residents.add(this);
    this.#timer = engine.clock.setTimer(RESIDENT_MAX_MS, () => {
      this.#timer = null;
      if (!this.waitsLong) return;
      if (this.#mayGo) engine.park(this);
      else this.#settleDown();
    });
  }

  /** Who suspends itself wants to be away, and a process that ends keeps nobody. */
  get #mustGo(): boolean {
    const { state, engine } = this.root;
    return engine.isResting || (state.type === StateType.Paused && state.name === StateName.Suspended);
  }

  /**
   * What waits for a body's signal is under way; a body that is called again has its whole time again; and what one has returned
   * would be computed again, which only a slot is worth.
   */
  get #mayGo(): boolean {
    if (this.staysAwake) return false;
    const holdsSlot = this.#holdsSlot;
    return ![...waiting(this.root)].some(
      ({ isSignalHeard, definition, scope }) =>
        isSignalHeard || definition.timeoutMs !== null || (scope?.closing === true && !holdsSlot),
    );
  }

  /** Whether it holds a slot of a flow's limit, which is not for those who wait (law 6). */
  get #holdsSlot(): boolean {
    return [...waiting(this.root)].some(
      ({ definition }) => definition.kind === 'flow' && definition.concurrency !== null,
    );
  }

  /** Forgets everything: the tree is parked, and begins anew when it wakes. */
  reset(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.root.engine.residents.delete(this);
    this.unsettled = 0;
    this.quiet = 0;
    this.waits.clear();
  }
}

/** The run and all below it that have not settled. */
function* waiting(run: Run): Iterable<Run> {
  yield run;
  for (const child of run.scope?.open ?? []) yield* waiting(child);
}
