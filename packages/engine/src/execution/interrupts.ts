/**
 * Handles interrupts: another process suspended, cancelled or took over a run of this process. The ledger may deliver a stronger interrupt
 * after a weaker one, so each handler starts from the state that the weaker one left.
 */
import type { Interrupt } from '@millrace/kernel';
import { isStill } from '../runs/drain.ts';
import type { Run, Tree } from '../runs/model.ts';
import { abandonLostTree } from '../runs/run-loss.ts';

export function handleInterrupt(run: Run, interrupt: Interrupt): void {
  switch (interrupt.kind) {
    case 'suspend':
      suspendTree(run.tree);
      break;
    case 'cancel':
      run.engine.cancel(run, interrupt.reason);
      break;
    case 'lost':
      abandonLostTree(run, interrupt.cause);
      break;
  }
}

/** How often a suspended tree is looked at: whether anything of it is still at work. */
const LOOK_MS = 20;

/**
 * Suspends the tree: nothing new begins in it, what is at work may end, and then it is evicted until it is resumed. Of a tree
 * whose outermost run is a task nothing can be evicted, because no process could take that run up again.
 */
function suspendTree(tree: Tree): void {
  if (tree.isSuspended || tree.root.kind !== 'flow') return;
  tree.isSuspended = true;
  evictWhenStill(tree, false);
}

/** @param wasStill a body that is about to continue after a wait looks still once, so two looks are needed */
function evictWhenStill(tree: Tree, wasStill: boolean): void {
  const { root } = tree;
  const { engine } = root;
  engine.clock.setTimer(LOOK_MS, () => {
    const isAtWork = root.settlement === 'pending' && !root.isEvicted;
    // A tree that is cancelled, lost or handed over ends by that.
    if (!isAtWork || root.cancelRequest !== null || root.lostBy !== null || engine.stopping !== null) return;
    const still = isStill(root);
    if (still && wasStill) engine.park(tree);
    else evictWhenStill(tree, still);
  });
}
