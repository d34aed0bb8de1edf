/**
 * Starting many runs without holding them all in the air: the next begins when there is a place for it.
 */
import type { Engine, Place, Run, StartOptions } from './model.ts';
import { executeFlow } from './run-flow.ts';
import { executeTask } from './run-task.ts';

/** Joins the runs to their caller's scope at once and starts them in order, as places come free. */
export function launch(engine: Engine, runs: readonly Run[], options: StartOptions): void {
  for (const run of runs) {
    run.isQueued = true;
    try {
      engine.adopt(run);
    } catch (error) {
      engine.refuse(run, error);
    }
  }
  void pump(runs, options);
}

/**
 * So many are started before their records are committed. Started all at once, ten thousand half-done runs live through
 * several collections of the young generation, and most of a wide map's time went into copying them.
 */
const BURST = 500;

async function pump(runs: readonly Run[], options: StartOptions): Promise<void> {
  let started = 0;
  for (const run of runs) {
    // Cancelled before its turn, or refused.
    if (isOver(run)) continue;
    started += 1;
    if (started % BURST === 0) await committed(run);
    const place = run.caller?.flow?.places.place();
    const taken = place?.take();
    if (taken !== undefined) await taken;
    if (!isOver(run)) startPlaced(run, options, place);
    else place?.settled();
  }
}

/** Cancelled before its turn, it settles by itself. */
function isOver(run: Run): boolean {
  return run.settlement !== 'pending' || run.cancelRequest !== null;
}

/** A refusal is told to the runs that it concerns. */
async function committed(run: Run): Promise<void> {
  await run.caller?.run.execution?.committed().catch(() => {});
}

function startPlaced(run: Run, options: StartOptions, place: Place | undefined): void {
  run.isQueued = false;
  const placed = place === undefined ? options : { ...options, place };
  if (run.definition.kind === 'flow') void executeFlow(run, placed);
  else void executeTask(run, placed);
}
