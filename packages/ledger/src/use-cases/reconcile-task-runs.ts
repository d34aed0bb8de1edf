/**
 * Ends the task runs that a client's flow run left open at its end, because their reports may be lost with their process. The rules decide
 * on each end, and a later report replaces it.
 */
import {
  applyChanges,
  cancelled,
  crashed,
  decide,
  reconciledBy,
  type State,
  StateType,
  type TaskRunRecord,
} from '@millrace/kernel';
import type { Transaction } from '@millrace/store';
import { endOfChildren } from '../ending/end-children.ts';
import type { LedgerContext } from '../state/ledger-context.ts';
import { changesOf, clientTaskSnapshot } from '../state/run-changes.ts';

/** Task runs ended in one transaction. */
const pageSize = 200;

/**
 * Ends those whose flow run ended at least so long ago.
 *
 * @returns their ids, at most a page: it is called again until there are none.
 */
export async function reconcileTaskRuns(context: LedgerContext, graceMs: number): Promise<readonly string[]> {
  const { store } = context;
  const left = await store.read(({ taskRuns }) => taskRuns.leftOpen(pageSize, graceMs));
  if (left.length === 0) return [];
  const ids = left.map(({ id }) => id).sort();
  return await store.write(async (transaction) => {
    const ended: string[] = [];
    for (const id of ids) if (await reconcile(context, transaction, id)) ended.push(id);
    return ended;
  });
}

/** False when a report ended the run meanwhile. */
async function reconcile(context: LedgerContext, transaction: Transaction, id: string): Promise<boolean> {
  const run = await transaction.taskRuns.getForUpdate(id);
  const flowRun = run?.flowRunId == null ? undefined : await transaction.flowRuns.get(run.flowRunId);
  if (run === undefined || flowRun === undefined) return false;
  const end = endOfChildren(flowRun);
  const state = stateFor(run, { ...end, at: await transaction.now(), id: context.ids() });
  const snapshot = clientTaskSnapshot(run, { flowStateType: null, holder: 'none', needs: null });
  const verdict = decide(snapshot, { state, by: 'service' }, { now: state.at, random: context.random });
  const changes = changesOf(verdict);
  if (changes === undefined) return false;
  applyChanges(run, changes);
  await transaction.slots.releaseHeldBy(run.id);
  await transaction.taskRuns.put([run]);
  await transaction.reportedStates.add([{ id: state.id, runId: run.id, runKind: 'task' }]);
  return true;
}

function stateFor(
  run: TaskRunRecord,
  { at, type, message, id }: ReturnType<typeof endOfChildren> & { readonly id: string },
): State & { readonly id: string } {
  const crashes = type === StateType.Crashed && run.state.type !== StateType.Cancelling;
  const details = reconciledBy(run);
  return { ...(crashes ? crashed(at, message, details) : cancelled(at, message, details)), id };
}
