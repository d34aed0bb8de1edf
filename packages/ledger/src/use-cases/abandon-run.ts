/** Lets go of a run that has not ended: whoever serves its flow takes it up, and no crash is counted. */
import { awaitsResume, type FlowRunRecord, isTerminal } from '@millrace/kernel';
import { decideAgain } from '../state/retry-on-conflict.ts';
import type { LedgerContext } from '../state/ledger-context.ts';

/** Does nothing when somebody else holds the run by now, or it has ended. */
export async function abandonRun(context: LedgerContext, held: FlowRunRecord): Promise<void> {
  await decideAgain(() =>
    context.store.write(async (transaction) => {
      const run = await transaction.flowRuns.getForUpdate(held.id);
      if (run === undefined || run.token !== held.token || run.sessionId === null || isTerminal(run.state)) return;
      run.sessionId = null;
      run.wakeAt = awaitsResume(run.state) ? null : await transaction.now();
      await transaction.flowRuns.put(run);
    }),
  );
}
