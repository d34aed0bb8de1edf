/**
 * Applies a proposal to a task run of a client: one transaction locks the run, applies the rules, and writes the verdict with its effects.
 *
 * Task runs of this engine are decided in memory by the owner of their flow run, so a proposal for one of them is aborted.
 */
import {
  applyChanges,
  decide,
  derivesStateIds,
  type FlowRunRecord,
  type Proposal,
  RunNotFound,
  StateType,
  type TaskRunRecord,
  type Verdict,
} from '@millrace/kernel';
import type { Transaction } from '@millrace/store';
import type { LedgerContext } from '../state/ledger-context.ts';
import { holderOf } from '../state/liveness.ts';
import { retryOnConflict } from '../state/retry-on-conflict.ts';
import { changesOf, clientTaskSnapshot } from '../state/run-changes.ts';
import { applyTaskEffects, taskNeeds } from '../coordination/client-needs.ts';

const ownedByEngine: Verdict = {
  status: 'ABORT',
  reason: 'A process of this engine runs this task run, and decides on its states.',
  rule: 'keep-held-run',
};

/** Throws RunNotFound. */
export function proposeTaskRun(context: LedgerContext, taskRunId: string, proposal: Proposal): Promise<Verdict> {
  return retryOnConflict(() =>
    context.store.write(async (transaction) => {
      const run = await transaction.taskRuns.getForUpdate(taskRunId);
      if (run === undefined) throw new RunNotFound({ runId: taskRunId });
      const flowRun = run.flowRunId === null ? undefined : await transaction.flowRuns.get(run.flowRunId);
      if (!isReported(run) || flowRun?.driver === 'engine') return ownedByEngine;
      return await decideAndWrite(context, transaction, { run, flowRun, proposal });
    }),
  );
}

/** Whether a client named the run: a call of this engine has no key of a client's. */
function isReported({ dynamicKey, sessionId }: TaskRunRecord): boolean {
  return dynamicKey !== null && sessionId === null;
}

interface TaskProposal {
  readonly run: TaskRunRecord;
  readonly flowRun: FlowRunRecord | undefined;
  readonly proposal: Proposal;
}

async function decideAndWrite(
  context: LedgerContext,
  transaction: Transaction,
  { run, flowRun, proposal }: TaskProposal,
): Promise<Verdict> {
  const { random, ids } = context;
  const snapshot = clientTaskSnapshot(run, {
    flowStateType: flowRun?.state.type ?? null,
    holder: flowRun === undefined ? 'client' : await holderOf(context, transaction, flowRun),
    needs: await taskNeeds(transaction, run, proposal),
  });
  const decision = { now: await transaction.now(), random };
  const verdict = decide(snapshot, { ...proposal, policy: snapshot.policy }, decision);
  const changes = changesOf(verdict);
  if (changes === undefined || verdict.status === 'WAIT' || verdict.status === 'ABORT') return verdict;
  if (derivesStateIds(run.id)) applyChanges(run, changes);
  else {
    const id = ids();
    applyChanges(run, { ...changes, state: { ...changes.state, id } });
    await transaction.reportedStates.add([{ id, runId: run.id, runKind: 'task' }]);
  }
  if (run.state.type === StateType.Running && flowRun !== undefined) run.flowRunCount = flowRun.runCount;
  run.cacheKey = run.state.details?.cacheKey ?? run.cacheKey;
  await applyTaskEffects(context, transaction, { run, effects: verdict.effects });
  await transaction.taskRuns.put([run]);
  return verdict;
}
