/** Lets go of a run that has not ended: whoever serves its flow takes it up, and no crash is counted. */
import { type FlowRunRecord, isTerminal } from '@millrace/kernel';
import { decideAgain } from '../failures.ts';
import type { LedgerContext } from '../ledger-context.ts';

/** Does nothing when somebody else holds the run by now, or it has ended. */
export async function giveUpRun(context: LedgerContext, held: FlowRunRecord): Promise<void> {
  await decideAgain(() =>
    context.store.write(async (transaction) => {
      const run = await transaction.flowRuns.getForUpdate(held.id);
      if (run === undefined || run.token !== held.token || run.sessionId === null || isTerminal(run.state)) return;
      run.sessionId = null;
      run.wakeAt = await transaction.now();
      await transaction.flowRuns.put(run);
    }),
  );
}
