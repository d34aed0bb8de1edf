/**
 * The end of an engine whose process got a signal to stop.
 *
 * SIGTERM and SIGHUP hand over: no new run starts, the bodies at work get the grace to end, and then every run is released as it is
 * recorded. SIGINT cancels the runs that this process's own code started, evicted ones too; a run that the process took up because it
 * serves the flow is handed over, because any process that serves the flow may continue it.
 */
import { ProcessStopping, RunCancelled } from '@millrace/kernel';
import type { Engine } from './engine.ts';
import type { Run } from '../runs/model.ts';
import { isStill } from '../runs/drain.ts';
import { handOver, leave, type Leaving, type LeftRun } from './hand-over.ts';

export interface Stop {
  /** Why the process ends, such as `SIGTERM`. */
  readonly reason: string;
  /** The runs that this process's own code started are cancelled; default: they are handed over. */
  readonly cancels?: boolean;
}

/** How often the trees are looked at: whether anything of them is still at work. */
const LOOK_MS = 20;

/** Resolves when nothing runs any more and everything is recorded, with what was left to others. */
export async function shutDown(engine: Engine, { reason, cancels = false }: Stop): Promise<readonly LeftRun[]> {
  const { runPoller } = engine;
  const leaving: Leaving = { reason, cause: new ProcessStopping({ reason }) };
  engine.stopping = { cancels, ...leaving };
  runPoller.stop();
  if (cancels) for (const run of [...engine.roots]) if (!runPoller.hasTakenUp(run)) cancelOwn(engine, run, reason);
  const ending = new Ending(engine, leaving);
  await engine.atRest();
  try {
    return await ending.finish();
  } finally {
    await engine.close();
  }
}

/** A run that another process holds is not cancelled by the end of one that waits for it. */
function cancelOwn(engine: Engine, run: Run, reason: string): void {
  if (!run.isJoined || run.isEvicted) {
    engine.cancel(run, reason);
    return;
  }
  run.requestCancel({ reason });
  run.abort(new RunCancelled({ runId: run.id, runName: run.name, reason }));
}

/** Hands over each tree once it is still, and all that are left when the grace is over. */
class Ending {
  readonly #engine: Engine;
  readonly #leaving: Leaving;
  readonly #graceOverAt: number;
  readonly #leavings = new Map<Run, Promise<readonly LeftRun[]>>();
  /** Trees that were still at the last look: a body that is about to go on after its wait may look so once. */
  #still = new Set<Run>();
  #timer: { cancel(): void };

  constructor(engine: Engine, leaving: Leaving) {
    this.#engine = engine;
    this.#leaving = leaving;
    this.#graceOverAt = engine.clock.now() + engine.cancelGraceMs;
    this.#timer = engine.clock.setTimer(LOOK_MS, () => this.#look());
  }

  /** No tree is at work any more. Evicted trees are handed over as well. */
  async finish(): Promise<readonly LeftRun[]> {
    this.#timer.cancel();
    await Promise.all(this.#engine.parkings);
    const evicted = [...this.#engine.roots].filter((run) => this.#isEvicted(run));
    const left = await Promise.all([
      ...this.#leavings.values(),
      ...evicted.map(async (run) => [await leave(run, this.#leaving)]),
    ]);
    // An evicted run may be no root any more.
    for (const run of new Set([...this.#leavings.keys(), ...this.#engine.roots]))
      if (run.cancelRequest === null && run.settlement === 'pending') run.markHandedOver();
    return left.flat();
  }

  #isEvicted(run: Run): boolean {
    return run.isEvicted && run.cancelRequest === null && !this.#leavings.has(run);
  }

  #look(): void {
    const still = new Set<Run>();
    const isGraceOver = this.#engine.clock.now() >= this.#graceOverAt;
    for (const root of [...this.#engine.roots]) {
      // One that is being cancelled has a grace of its own.
      if (root.hasNoBody || root.cancelRequest !== null) continue;
      if (isGraceOver || this.#still.has(root)) this.#letGo(root, isGraceOver);
      else if (isStill(root)) still.add(root);
    }
    this.#still = still;
    this.#timer = this.#engine.clock.setTimer(LOOK_MS, () => this.#look());
  }

  #letGo(root: Run, isGraceOver: boolean): void {
    if (!isGraceOver && !isStill(root)) return;
    // Recorded as evicted, it is not taken up before it is due.
    if (root.tree.waitsLong && root.kind === 'flow') {
      this.#engine.park(root.tree);
      return;
    }
    const left = handOver(root, this.#leaving);
    left.catch(() => {});
    this.#leavings.set(root, left);
  }
}
