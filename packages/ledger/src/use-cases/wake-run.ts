/** Makes an evicted run due, with the runs above it, because processes poll for outermost runs only and these take up the runs below. */
import { type FlowRunRecord, isTerminal } from '@millrace/kernel';
import type { Transaction } from '@millrace/store';

/** Runs that a process owns, or that are due already, stay as they are. */
export async function wakeRun(transaction: Transaction, woken: FlowRunRecord): Promise<void> {
  const now = await transaction.now();
  for (let run: FlowRunRecord | undefined = woken; run !== undefined; ) {
    if (run.sessionId === null && !isTerminal(run.state) && (run.wakeAt === null || run.wakeAt > now)) {
      run.wakeAt = now;
      await transaction.flowRuns.put(run);
    }
    const { parentFlowRunId }: FlowRunRecord = run;
    run = parentFlowRunId === null ? undefined : await transaction.flowRuns.getForUpdate(parentFlowRunId);
  }
}
