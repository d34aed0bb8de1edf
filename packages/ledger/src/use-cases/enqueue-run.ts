/** Records a run that nobody runs yet: a process that serves its flow begins it. */
import type { FlowRunInit, FlowRunRecord } from '@millrace/kernel';
import { freshFlowRun } from '../state/fresh-records.ts';
import type { LedgerContext } from '../state/ledger-context.ts';

/** The run; the one that has its idempotency key, if there is one. */
export function enqueueRun({ store }: LedgerContext, init: FlowRunInit): Promise<FlowRunRecord> {
  return store.write(async (transaction) => {
    const now = await transaction.now();
    const run: FlowRunRecord = { ...freshFlowRun(init, now, null), wakeAt: now };
    return (await transaction.flowRuns.insertIfAbsent(run)).run;
  });
}
