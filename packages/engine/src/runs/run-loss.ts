/**
 * Losing runs: what can't be recorded here any more ends here without a record, and goes on where it is taken up next.
 */
import { sharedByCopies, StoreFull } from '@millrace/kernel';
import type { Run } from './model.ts';

const replayed = sharedByCopies('replayed', () => new WeakSet<object>());

/** An error that was recorded as how a run ended: it is what it is, however often the run is taken up. */
export function rememberReplayed<TError>(error: TError): TError {
  if (typeof error === 'object' && error !== null) replayed.add(error);
  return error;
}

/** Loses the outermost run above, and all below: a parent must not end over a child whose end was not recorded. */
export function loseTree(run: Run, cause: Error): void {
  let top = run;
  for (let above = run.caller?.flow; above != null; above = above.run.caller?.flow) top = above.run;
  lose(top, cause);
}

/** Ends the run's bodies, and those below it, here: nothing more of them is recorded, and whoever takes the run up goes on. */
export function lose(run: Run, cause: Error): void {
  run.leaseLost(cause);
  for (const child of [...(run.scope?.open ?? [])]) lose(child, cause);
  run.abandon({ kind: 'lost', cause });
}

/**
 * True when an outcome could not be kept as the disk is full, which is no failure of the run: its flow run stops, stays as it
 * is recorded, and goes on when there is space. Outside any flow nobody could take it up.
 */
export function lostToFullDisk(run: Run, error: unknown): boolean {
  const isInFlow = run.kind === 'flow' || run.caller?.flow != null;
  if (!(error instanceof StoreFull) || !isInFlow || replayed.has(error)) return false;
  loseTree(run, error);
  run.settle('failed', error);
  return true;
}
