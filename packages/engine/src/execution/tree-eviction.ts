/**
 * Eviction: a tree of runs that only waits is taken from memory and gives its lease back, and is taken up again when it is due.
 *
 * The bodies see a crash: they end where they wait, and are called again later, when the record has the results of their waits. So a tree
 * is evicted only if each of its runs waits for something recorded.
 */
import type { Run, Tree } from '../runs/model.ts';
import { resuming, suspended } from '@millrace/kernel';
import { runFlow } from './run-flow.ts';

/** After a failure to record the eviction. */
const RETRY_MS = 1_000;

/** Evicts the tree. When that can't be recorded it continues shortly, and the failure is thrown. */
export async function parkTree(tree: Tree): Promise<void> {
  const { root } = tree;
  const { engine } = root;
  // No process could take up a task again.
  if (root.kind !== 'flow') return;
  // A suspended tree waits to be resumed, whatever its bodies wait for.
  const { isSuspended } = tree;
  const wakeAt = isSuspended ? null : tree.wakeAt;
  const reason = root.record?.state.details?.reason ?? (isSuspended ? undefined : firstReason(tree));
  const runs = [...below(root)];
  const state = suspended(engine.clock.now(), {
    details: { ...(tree.trustsOrder ? { trustOrder: true } : {}), ...(reason === undefined ? {} : { reason }) },
  });
  const executions = runs.filter((run) => run.kind === 'flow').flatMap((run) => run.execution ?? []);
  for (const run of runs) run.evict();
  tree.reset();
  const id = root.id;
  let isRecorded = false;
  tree.onStir = () => {
    if (isSuspended) return;
    tree.staysAwake = true;
    if (isRecorded) engine.onceWorking(() => wakeNow(root));
  };
  const goOn = (): void => {
    tree.onStir = null;
    tree.isSuspended = false;
    root.revive();
    void runFlow(root, { outermost: true, flowRunId: id, move: 'recover' });
  };
  try {
    // All are asked before any is written: what the bodies do from here on is ignored.
    await Promise.all(executions.map((execution) => execution.park({ proposal: { state, by: 'engine' }, wakeAt })));
    isRecorded = true;
    engine.wakeLater(id, wakeAt, goOn);
    if (tree.staysAwake) engine.onceWorking(() => wakeNow(root));
  } catch (error) {
    // The bodies are gone: a tree whose eviction could not be recorded continues at once, as after a crash.
    for (const execution of executions) execution.release();
    engine.clock.setTimer(RETRY_MS, goOn);
    throw error;
  }
}

/** Makes the evicted run due. A run that is paused for an input continues with that input only. */
function wakeNow(root: Run): void {
  const { engine, id, state } = root;
  if (state.details?.pauseKey !== undefined) return;
  engine.opened.runs.propose(id, { state: resuming(engine.clock.now()), by: 'service' }).catch(() => {
    // It wakes when it is due by itself.
  });
}

/** Children before parents: a parent is free only when all below it is. */
function* below(run: Run): Iterable<Run> {
  for (const child of run.scope?.open ?? []) yield* below(child);
  yield run;
}

function firstReason(tree: Tree): NonNullable<Run['state']['details']>['reason'] {
  for (const run of tree.waits.keys()) {
    const reason = run.record?.state.details?.reason;
    if (reason !== undefined) return reason;
  }
  return undefined;
}
