/** Records a run that no process runs yet: a process that serves its flow starts it, or the client that drives it. */
import type { FlowRunInit, FlowRunRecord } from '@millrace/kernel';
import { freshFlowRun } from '../state/fresh-records.ts';
import type { LedgerContext } from '../state/ledger-context.ts';

/** The new run, or the one that has its idempotency key already. */
export function enqueueRun({ store }: LedgerContext, init: FlowRunInit): Promise<FlowRunRecord> {
  return store.write(async (transaction) => {
    const now = await transaction.now();
    // No process of this engine takes up the run of a client.
    const wakeAt = init.driver === 'client' ? null : now;
    const run: FlowRunRecord = { ...freshFlowRun(init, now, null), wakeAt };
    return (await transaction.flowRuns.insertIfAbsent(run)).run;
  });
}
