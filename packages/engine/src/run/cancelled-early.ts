/** Runs that were cancelled before anything of them was recorded: they have no row, and say so to those who hold their future. */
import { RunCancelled } from '@millrace/kernel';
import type { Run } from './model.ts';
import { rememberRun } from './run-of.ts';
import { cancelledState } from './states.ts';

export function showCancelled(run: Run, reason: string): void {
  run.showState(cancelledState(run.engine.clock.now(), reason));
}

/** Settles a run whose turn had not come. */
export function settleCancelled(run: Run, reason: string): void {
  showCancelled(run, reason);
  run.settle('failed', rememberRun(new RunCancelled({ runId: run.id, runName: run.name, reason }), run));
}
