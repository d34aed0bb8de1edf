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

const againAfterMs = 1_000;
const againAfterMaxMs = 30_000;

/**
 * As giveUpRun, and again after a failure: a process that lives on would else hold for ever what it does not run. Stops
 * when the process has nothing to do: it ends then, and its session with it.
 */
export function giveUpInTime(context: LedgerContext, held: FlowRunRecord, afterMs = againAfterMs): void {
  giveUpRun(context, held).catch(() => {
    context.clock.setTimer(afterMs, () => {
      if (context.activity.busy) giveUpInTime(context, held, Math.min(2 * afterMs, againAfterMaxMs));
    });
  });
}
