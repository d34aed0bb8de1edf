/** Finds the reasons why running flow runs wait, from the records below them, because a body that waits in memory writes nothing. */
import { type FlowRunRecord, isNotReady, isTerminal, type WaitReason } from '@millrace/kernel';
import type { Transaction } from '@millrace/store';
import type { LedgerContext } from '../state/ledger-context.ts';

/** Children looked at of one run: with more of them it is at work. */
const childrenMax = 50;
/** Levels of flow runs in flow runs that are followed down. */
const depthMax = 4;

/** The oldest wait of each flow run that does nothing but wait, by run id. */
export async function findWaits(
  { store }: LedgerContext,
  runs: readonly FlowRunRecord[],
): Promise<ReadonlyMap<string, WaitReason>> {
  return await store.read(async (transaction) => {
    const waits = new Map<string, WaitReason>();
    for (const run of runs) {
      const wait = isTerminal(run.state) ? null : await waitOf(transaction, run, depthMax);
      if (wait !== null) waits.set(run.id, wait);
    }
    return waits;
  });
}

/** null = it may be at work, as its own code always may. */
async function waitOf(transaction: Transaction, run: FlowRunRecord, depth: number): Promise<WaitReason | null> {
  if (run.waiting !== null || run.state.type !== 'RUNNING' || depth === 0) return run.waiting;
  const tasks = await transaction.taskRuns.unfinishedOf(run.id, childrenMax);
  const below = await transaction.flowRuns.unfinishedUnder(run.id, childrenMax);
  if (tasks.length === childrenMax || below.length === childrenMax) return null;
  const flows = below.filter(({ parentFlowRunId, state }) => parentFlowRunId === run.id && !isNotReady(state));
  const reasons: (WaitReason | null)[] = [];
  for (const { state } of tasks) if (!isNotReady(state)) reasons.push(state.details?.reason ?? null);
  for (const flow of flows) reasons.push(await waitOf(transaction, flow, depth - 1));
  return reasons.includes(null) ? null : (reasons[0] ?? null);
}
