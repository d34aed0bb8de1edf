/**
 * What an ending process holds back: runs, attempts and waits that would begin now. They wait until their tree is handed
 * over (engine/hand-over.ts), because the next process begins them, and a failure would send the bodies into their
 * handlers for nothing.
 */
import type { Run } from './model.ts';

const heldBack = new WeakSet<Run>();

/** Whether nothing of the run's tree may begin any more: its process ends, and the tree is not cancelled. */
export function mayNotBegin(run: Run): boolean {
  return run.engine.stopping !== null && run.cancelRequest === null && run.tree.root.cancelRequest === null;
}

/** Waits until the run is dropped, cancelled or lost: rejects with the reason. */
export function holdBack(run: Run): Promise<never> {
  heldBack.add(run);
  return new Promise((_, reject) => {
    run.onAbort((reason) => {
      heldBack.delete(run);
      reject(reason);
    });
  });
}

export function isHeldBack(run: Run): boolean {
  return heldBack.has(run);
}
