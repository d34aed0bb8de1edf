/**
 * Records the wait of a run and evicts it, in one transaction. A signal that came since the last look makes the run due at once, so that no
 * signal is missed.
 */
import { type FlowRunRecord, StaleExecution } from '@millrace/kernel';
import type { ParkRunRequest } from '../journal/journal.ts';
import type { LedgerContext } from '../state/ledger-context.ts';
import { suspendRun } from '../state/suspend-run.ts';

/** The run as it is stored now. Throws StaleExecution, or RunCancelled when it is to be cancelled instead. */
export function parkRun({ store, clock, random }: LedgerContext, request: ParkRunRequest): Promise<FlowRunRecord> {
  const { flowRunId, fencingToken: token, awaited, isSignalled } = request;
  return store.write(async (transaction) => {
    const run = await transaction.flowRuns.getForUpdate(flowRunId);
    if (run?.token !== token) throw new StaleExecution({ flowRunId, token });
    suspendRun({ now: clock.now(), random }, run, request);
    const isDue = isSignalled || (await transaction.signals.hasUntaken(flowRunId, awaited));
    if (isDue) run.wakeAt = await transaction.now();
    await transaction.flowRuns.put(run);
    return run;
  });
}
