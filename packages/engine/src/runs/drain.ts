/**
 * Drains a tree of runs: runs, attempts and waits that would start now are held back, because their process ends and the next one starts
 * them, or because the tree was suspended. An error instead would be a failure to the handlers of the bodies, and there is none.
 */
import { StateType } from '@millrace/kernel';
import type { Run } from './model.ts';

const heldBack = new WeakSet<Run>();

/** Whether nothing of the run's tree may start any more: it is drained, and not cancelled. */
export function mayNotStart(run: Run): boolean {
  const isDrained = run.engine.stopping !== null || run.tree.isSuspended;
  return isDrained && run.cancelRequest === null && run.tree.root.cancelRequest === null;
}

/** Waits until the run is evicted, cancelled or lost: rejects with the reason. */
export function holdBack(run: Run): Promise<never> {
  heldBack.add(run);
  return new Promise((_, reject) => {
    run.onAbort((reason) => {
      heldBack.delete(run);
      reject(reason);
    });
  });
}

/** Whether the tree makes no progress in this process: each of its runs waits, is held back, or has not started. */
export function isStill(root: Run): boolean {
  for (const run of withChildren(root)) {
    if (run.isIdle || run.isQueued || heldBack.has(run)) continue;
    if (run.caller === null || isIdentified(run)) return false;
  }
  return true;
}

function isIdentified({ record }: Run): boolean {
  return record !== null && record.state.type !== StateType.Pending && record.state.type !== StateType.Scheduled;
}

/** Parents before children. */
export function* withChildren(run: Run): Iterable<Run> {
  yield run;
  for (const child of run.scope?.open ?? []) yield* withChildren(child);
}
