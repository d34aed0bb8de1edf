/**
 * Starting many runs without holding them all in the air: the next begins when there is a place for it.
 */
import type { Engine, Place, Run, StartOptions } from './model.ts';
import { executeFlow } from './run-flow.ts';
import { executeTask } from './run-task.ts';

/** Joins the runs to their caller's scope at once and starts them in order, as places come free. */
export function launch(engine: Engine, runs: readonly Run[], options: StartOptions): void {
  for (const run of runs) engine.adopt(run);
  void pump(runs, options);
}

async function pump(runs: readonly Run[], options: StartOptions): Promise<void> {
  for (const run of runs) {
    const place = run.caller?.flow?.places.place();
    const taken = place?.take();
    if (taken !== undefined) await taken;
    startPlaced(run, options, place);
  }
}

function startPlaced(run: Run, options: StartOptions, place: Place | undefined): void {
  const placed = place === undefined ? options : { ...options, place };
  if (run.definition.kind === 'flow') void executeFlow(run, placed);
  else void executeTask(run, placed);
}
