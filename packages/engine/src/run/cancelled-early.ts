/** Runs that were cancelled before anything of them was recorded: they have no row, and say so to those who hold their future. */
import { RunCancelled } from '@millrace/kernel';
import type { Run } from './model.ts';
import { callHooks } from './hooks.ts';
import { rememberRun } from './run-of.ts';
import { cancelledState } from './states.ts';

export function showCancelled(run: Run, reason: string): void {
  run.showState(cancelledState(run.engine.clock.now(), reason));
}

/** Settles a run whose turn had not come: at once, or when its hooks were told. */
export async function settleCancelled(run: Run, reason: string): Promise<void> {
  showCancelled(run, reason);
  const error = rememberRun(new RunCancelled({ runId: run.id, runName: run.name, reason }), run);
  const { onCancellation } = run.definition.hooks;
  if (onCancellation.length > 0) await callHooks(run, onCancellation, { settlement: 'failed', value: error });
  run.settle('failed', error);
}
