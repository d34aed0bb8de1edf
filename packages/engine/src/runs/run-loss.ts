/**
 * Ends runs that this process can no longer record, because the lease is lost or the disk is full. They end here without a record, and the
 * process that takes them up next continues them.
 */
import { sharedByCopies, StoreFull } from '@millrace/kernel';
import type { Run } from './model.ts';

const replayed = sharedByCopies('replayed', () => new WeakSet<object>());

/** Remembers an error that was read from a record: it is the result of the run, and not a loss, however often the run is taken up. */
export function rememberReplayed<TError>(error: TError): TError {
  if (typeof error === 'object' && error !== null) replayed.add(error);
  return error;
}

/** Applies to the outermost run and all below it, because a parent must not end before the end of its child is recorded. */
export function abandonLostTree(run: Run, cause: Error): void {
  let top = run;
  for (let above = run.caller?.flow; above != null; above = above.run.caller?.flow) top = above.run;
  abandonLost(top, cause);
}

/** Ends the bodies of the run and of all below it in this process without a record. The next process that takes the run up continues. */
export function abandonLost(run: Run, cause: Error): void {
  run.leaseLost(cause);
  for (const child of [...(run.scope?.open ?? [])]) abandonLost(child, cause);
  run.abandon({ kind: 'lost', cause });
}

/**
 * True if an outcome could not be stored because the disk is full. That is no failure of the run: its flow run stops here, stays as it is
 * recorded, and continues when there is space. A task outside any flow fails, because no process could take it up.
 */
export function lostToFullDisk(run: Run, error: unknown): boolean {
  const isInFlow = run.kind === 'flow' || run.caller?.flow != null;
  if (!(error instanceof StoreFull) || !isInFlow || replayed.has(error)) return false;
  abandonLostTree(run, error);
  run.settle('failed', error);
  return true;
}
