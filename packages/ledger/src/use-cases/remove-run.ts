/**
 * Deletes a flow run with everything below it: first the rows of the flow runs, all or none, then their task runs, logs and so on
 * in steps, between which other processes can write. If this process is killed, the next prune deletes the rest.
 */
import { type Clock, RunHeld } from '@millrace/kernel';
import { blobGraceDefaultMs, type RemovedRows, type Transaction } from '@millrace/store';
import type { LedgerContext } from '../state/ledger-context.ts';
import { liveSessionOf } from '../state/liveness.ts';

/** Rows a step: a few milliseconds of work. */
const stepRows = 1_000;
/** The cost, in rows, of finding that a run has nothing left. */
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
    // As long as the step took, so that another process that waits for the database gets its turn.
    if (left.length > 0) await pause(clock, clock.now() - startedAt);
  }
  return retired.length > 0;
}

/** Answers how many of the runs, in their order, have no rows left. */
async function removeStep(transaction: Transaction, ids: readonly string[]): Promise<number> {
  const blobsDueAt = (await transaction.now()) + blobGraceDefaultMs;
  let done = 0;
  for (let rows = stepRows; rows > 0 && done < ids.length; ) {
    const removal = { kind: 'flow-run', id: ids[done] as string } as const;
    const part = await transaction.maintenance.removePart(removal, { limit: rows, blobsDueAt });
    const count = rowsOf(part.removed);
    rows -= count + lookRows;
    // Nothing removed and not complete: a run was started below it. Prune looks after it.
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
