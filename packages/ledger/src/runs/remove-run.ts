/** Deletes a flow run with everything below it. */
import { RunHeld } from '@millrace/kernel';
import type { LedgerContext } from '../ledger-context.ts';
import { holderOf } from '../session/liveness.ts';

/** False when there is no such run. Throws RunHeld while a live process holds it. */
export function removeRun(context: LedgerContext, flowRunId: string): Promise<boolean> {
  return context.store.write(async (transaction) => {
    const run = await transaction.flowRuns.getForUpdate(flowRunId);
    if (run === undefined) return false;
    const holder = await holderOf(context, transaction, run);
    if (holder !== undefined) {
      throw new RunHeld({ runId: run.id, runName: run.name, holder: `process ${holder.pid} on ${holder.host}` });
    }
    return (await transaction.flowRuns.removeTree(flowRunId)) > 0;
  });
}
