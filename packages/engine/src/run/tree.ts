/**
 * What an outermost run and all below it are doing: enough to know when nothing of it needs the process any more.
 *
 * A run is quiet while its body waits for another run, or while it is a recorded wait itself (sleep, signal, input). When
 * every unsettled run of a tree is quiet, all that is left is to wait: after a while the tree is parked (run/park.ts).
 */

import type { Run, Tree } from './model.ts';
/** How long a tree must have been quiet; its wait must be longer than the engine's `parkAfterMs` besides. */
const QUIET_MS = 100;

export class ActivityTree implements Tree {
  readonly root: Run;
  /** Runs that have not settled. */
  unsettled = 0;
  /** How many of them are quiet. */
  quiet = 0;
  /** Slots that bodies hold by `concurrency()`: such a tree stays. */
  held = 0;
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
    const due = [...this.waits.values()].filter((at): at is number => at !== null);
    return due.length === 0 ? null : Math.min(...due);
  }

  /** Called after each change; asks for the parking when the tree has stayed quiet for a while. */
  changed(): void {
    if (!this.isQuiet) {
      this.#timer?.cancel();
      this.#timer = null;
      return;
    }
    const { engine } = this.root;
    if (this.#timer !== null || this.root.definition.kind !== 'flow') return;
    this.#timer = engine.clock.setTimer(Math.min(engine.parkAfterMs, QUIET_MS), () => {
      this.#timer = null;
      const { wakeAt } = this;
      if (this.isQuiet && (wakeAt === null || wakeAt - engine.clock.now() > engine.parkAfterMs)) engine.park(this);
    });
  }

  /** Forgets everything: the tree is parked, and begins anew when it wakes. */
  reset(): void {
    this.unsettled = 0;
    this.quiet = 0;
    this.waits.clear();
  }
}
