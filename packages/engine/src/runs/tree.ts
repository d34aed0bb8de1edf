/**
 * The activity of an outermost run and all runs below it, which shows when the tree no longer needs this process.
 *
 * A run is idle while its body waits for another run, or while it is a recorded wait itself (a sleep, a signal, an input). If every
 * unsettled run of a tree is idle, the tree only waits: after a while it is evicted (execution/tree-eviction.ts).
 *
 * The engine can't see other promises that a body awaits, such as a request that races with a sleep; they are abandoned with the body. So a
 * tree is evicted only for the resources that it holds (memory, a slot of its flow): while they are few, trees stay for some minutes. An
 * evicted body that does more than end its wait (`onStir`) is called again at once, and its tree is not evicted again.
 */

import { StateName, StateType } from '@millrace/kernel';
import type { Run, Tree } from './model.ts';

/** How long a tree must have been idle before it is evicted; its wait must also be longer than the `parkAfterMs` of the engine. */
const IDLE_MS = 100;
/** How long an idle tree stays in memory at most. */
const IN_MEMORY_MAX_MS = 10 * 60_000;

export class ActivityTree implements Tree {
  readonly root: Run;
  /** Runs that have not settled. */
  unsettled = 0;
  /** How many of them are idle. */
  idle = 0;
  /** Slots that bodies hold by `concurrency()`: such a tree is not evicted. */
  held = 0;
  /** A body of it did more than wait, so its eviction was wrong. */
  staysAwake = false;
  isSuspended = false;
  trustsOrder = false;
  onStir: (() => void) | null = null;
  /** Open recorded waits, each with the instant when it is due (epoch ms; null = not by itself). */
  readonly waits = new Map<Run, number | null>();
  #timer: { cancel(): void } | null = null;

  constructor(root: Run) {
    this.root = root;
  }

  /** Whether nothing of the tree needs the process now. */
  get isIdle(): boolean {
    return this.waits.size > 0 && this.idle === this.unsettled && this.held === 0;
  }

  /** When the first of the waits is due; null = none by itself. */
  get wakeAt(): number | null {
    let earliest: number | null = null;
    for (const at of this.waits.values()) if (at !== null && (earliest === null || at < earliest)) earliest = at;
    return earliest;
  }

  /** Called after each change; starts the eviction when the tree has stayed idle for a while. */
  changed(): void {
    const { engine } = this.root.runtime;
    if (engine === null) return;
    if (!this.isIdle) {
      this.#timer?.cancel();
      this.#timer = null;
      engine.idleTrees.delete(this);
      return;
    }
    if (this.#timer !== null || this.root.kind !== 'flow') return;
    this.#timer = engine.clock.setTimer(Math.min(engine.parkAfterMs, IDLE_MS), () => {
      this.#timer = null;
      if (this.waitsLong) this.#evictOrKeep();
    });
  }

  get waitsLong(): boolean {
    const { wakeAt, root } = this;
    const { clock, parkAfterMs } = root.engine;
    return this.isIdle && (wakeAt === null || wakeAt - clock.now() > parkAfterMs);
  }

  #evictOrKeep(): void {
    const { engine } = this.root;
    if (this.#mustEvict || (this.#mayEvict && (this.#holdsSlot || engine.idleTrees.size >= engine.idleTreesMax))) {
      engine.park(this);
      return;
    }
    engine.idleTrees.add(this);
    this.#timer = engine.clock.setTimer(IN_MEMORY_MAX_MS, () => {
      this.#timer = null;
      if (!this.waitsLong) return;
      if (this.#mayEvict) engine.park(this);
      else this.#evictOrKeep();
    });
  }

  /** Evicts at once if the flow called suspend() or the process shuts down. */
  get #mustEvict(): boolean {
    const { state, engine } = this.root;
    return engine.isResting || (state.type === StateType.Paused && state.name === StateName.Suspended);
  }

  /**
   * Not a tree in which (1) user code listens to an abort signal, (2) a run has a timeout, because a replay would restart it, (3) a body has
   * returned, because a replay would compute its value again; a held slot is worth that.
   */
  get #mayEvict(): boolean {
    if (this.staysAwake) return false;
    const holdsSlot = this.#holdsSlot;
    return ![...waiting(this.root)].some(
      ({ hasSignalListeners, definition, scope }) =>
        hasSignalListeners || definition.timeoutMs !== null || (scope?.closing === true && !holdsSlot),
    );
  }

  /** Whether it holds a slot of a flow's limit, which waiting runs must not keep (law 6). */
  get #holdsSlot(): boolean {
    return [...waiting(this.root)].some(
      ({ definition }) => definition.kind === 'flow' && definition.concurrency !== null,
    );
  }

  /** Forgets everything, because the tree is evicted and starts anew when its wait ends. */
  reset(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.root.engine.idleTrees.delete(this);
    this.unsettled = 0;
    this.idle = 0;
    this.waits.clear();
  }
}

/** The run and all below it that have not settled. */
function* waiting(run: Run): Iterable<Run> {
  yield run;
  for (const child of run.scope?.open ?? []) yield* waiting(child);
}
