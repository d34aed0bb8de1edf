/** Abandons an unfinished run to a process that serves its flow. No crash is counted. */
import { awaitsResume, isTerminal } from '@millrace/kernel';
import type { LedgerContext } from '../state/ledger-context.ts';
import { retryOnConflict } from '../state/retry-on-conflict.ts';

/** Does nothing when another process owns the run by now, or it has ended. */
export async function abandonRun(
  { store }: LedgerContext,
  { flowRunId, fencingToken }: { readonly flowRunId: string; readonly fencingToken: number },
): Promise<void> {
  await retryOnConflict(() =>
    store.write(async (transaction) => {
      const run = await transaction.flowRuns.getForUpdate(flowRunId);
      if (run?.token !== fencingToken || run.sessionId === null || isTerminal(run.state)) return;
      run.sessionId = null;
      run.wakeAt = awaitsResume(run.state) ? null : await transaction.now();
      await transaction.flowRuns.put(run);
    }),
  );
}
