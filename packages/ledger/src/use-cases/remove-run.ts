/**
 * Deletes a flow run with everything below it: first the rows of the flow runs, all or none, then what hangs on them in
 * steps, between which others write. What a process that is killed leaves, the next prune deletes.
 */
import { type Clock, RunHeld } from '@millrace/kernel';
import { blobGraceDefaultMs, type RemovedRows, type Transaction } from '@millrace/store';
import type { LedgerContext } from '../state/ledger-context.ts';
import { liveSessionOf } from '../state/liveness.ts';

/** Rows a step: a moment's work for any database. */
const stepRows = 1_000;
/** What finding that a run has nothing left costs, in rows. */
const lookRows = 10;

/** False when there is no such run. Throws RunHeld while a live process holds it. */
export async function removeRun(context: LedgerContext, flowRunId: string): Promise<boolean> {
  const { store, clock } = context;
  const retired = await store.write(async (transaction) => {
    const run = await transaction.flowRuns.getForUpdate(flowRunId);
    if (run === undefined) return [];
    const holder = await liveSessionOf(context, transaction, run);
    if (holder !== undefined) {
      throw new RunHeld({ runId: run.id, runName: run.name, holder: `process ${holder.pid} on ${holder.host}` });
    }
    return await transaction.flowRuns.retireTree(flowRunId);
  });
  for (let left = retired; left.length > 0; ) {
    const startedAt = clock.now();
    const done = await store.write((transaction) => removeStep(transaction, left));
    left = left.slice(done);
    // As long as the step took: another process that waits for the database comes in between.
    if (left.length > 0) await pause(clock, clock.now() - startedAt);
  }
  return retired.length > 0;
}

/** Answers of how many of the runs, in their order, nothing is left. */
async function removeStep(transaction: Transaction, ids: readonly string[]): Promise<number> {
  const blobsDueAt = (await transaction.now()) + blobGraceDefaultMs;
  let done = 0;
  for (let rows = stepRows; rows > 0 && done < ids.length; ) {
    const removal = { kind: 'flow-run', id: ids[done] as string } as const;
    const part = await transaction.maintenance.removePart(removal, { limit: rows, blobsDueAt });
    const count = rowsOf(part.removed);
    rows -= count + lookRows;
    // Nothing removed and not complete: a run was begun below it. Prune looks after it.
    if (part.complete || count === 0) done += 1;
  }
  return done;
}

function rowsOf(removed: RemovedRows): number {
  return Object.values(removed).reduce((sum: number, count: number) => sum + count, 0);
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.setTimer(ms, resolve));
}
