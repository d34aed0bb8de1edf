/** Records a run that no process runs yet: one that serves its flow starts it. */
import type { FlowRunInit, FlowRunRecord } from '@millrace/kernel';
import { freshFlowRun } from '../state/fresh-records.ts';
import type { LedgerContext } from '../state/ledger-context.ts';

/** The new run, or the one that has its idempotency key already. */
export function enqueueRun({ store }: LedgerContext, init: FlowRunInit): Promise<FlowRunRecord> {
  return store.write(async (transaction) => {
    const now = await transaction.now();
    const run: FlowRunRecord = { ...freshFlowRun(init, now, null), wakeAt: now };
    return (await transaction.flowRuns.insertIfAbsent(run)).run;
  });
}
