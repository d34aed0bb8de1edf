/**
 * Applies a proposal of another process to a run: one transaction locks the run, applies the rules, and writes the verdict with its
 * effects. The owner of the run finds the change with its next write, a notification or a poll.
 */
import {
  decide,
  type Effect,
  type FlowRunRecord,
  isTerminal,
  isTerminalType,
  type Proposal,
  type RunHolder,
  RunNotFound,
  type RunSnapshot,
  StateType,
  type Verdict,
} from '@millrace/kernel';
import type { Transaction } from '@millrace/store';
import { retryOnConflict } from '../state/retry-on-conflict.ts';
import type { LedgerContext } from '../state/ledger-context.ts';
import { changesOf, enterState, flowSnapshot } from '../state/run-changes.ts';
import { holderOf } from '../state/liveness.ts';
import { endChildren } from '../ending/end-children.ts';
import { fenceOff } from '../ending/fence-off.ts';
import { flowNeeds, withDeploymentSlot } from '../coordination/client-needs.ts';
import { wakeRun } from './wake-run.ts';

/** Throws RunNotFound. */
export function proposeState(context: LedgerContext, flowRunId: string, proposal: Proposal): Promise<Verdict> {
  return retryOnConflict(() =>
    context.store.write(async (transaction) => {
      const run = await transaction.flowRuns.getForUpdate(flowRunId);
      if (run === undefined) throw new RunNotFound({ runId: flowRunId });
      const holder = await holderOf(context, transaction, run);
      return await applyProposal(context, transaction, { run, holder, proposal });
    }),
  );
}

/** Decides on a run that the transaction has locked, and writes it. */
export async function applyProposal(
  context: LedgerContext,
  transaction: Transaction,
  { run, holder, proposal }: { readonly run: FlowRunRecord; readonly holder: RunHolder; readonly proposal: Proposal },
): Promise<Verdict> {
  const decision = { now: await transaction.now(), random: context.random };
  const parent = await parentOf(context, transaction, run);
  const needs = await flowNeeds(transaction, run);
  const verdict = decide({ ...flowSnapshot(run, holder, proposal.state.type), parent, needs }, proposal, decision);
  const changes = changesOf(verdict);
  if (changes === undefined || verdict.status === 'WAIT' || verdict.status === 'ABORT') return verdict;
  // The process that owns the run must not continue after a state that it did not propose.
  if (isTerminalType(changes.state.type) || proposal.force === true) await fenceOff(transaction, run);
  const takesSlot = verdict.effects.some(({ kind }) => kind === 'take-deployment-slot');
  enterState(run, takesSlot ? await withDeploymentSlot(context, transaction, { run, changes }) : changes);
  for (const effect of verdict.effects) await applyEffect(context, transaction, { run, effect });
  await transaction.flowRuns.put(run);
  if (run.state.type === StateType.Scheduled && run.parentFlowRunId !== null) await wakeRun(transaction, run);
  return verdict;
}

async function applyEffect(
  context: LedgerContext,
  transaction: Transaction,
  { run, effect }: { readonly run: FlowRunRecord; readonly effect: Effect },
): Promise<void> {
  switch (effect.kind) {
    case 'end-children':
      return await endChildren(context, transaction, run);
    case 'release-slots':
    case 'release-deployment-slot':
      // The slots of a flow run that a client drives are its deployment's.
      await transaction.slots.releaseHeldBy(run.id);
  }
}

/** The run above one that has ended, locked: it neither ends nor is taken up meanwhile. */
async function parentOf(
  context: LedgerContext,
  transaction: Transaction,
  { state, parentFlowRunId }: FlowRunRecord,
): Promise<RunSnapshot['parent']> {
  if (parentFlowRunId === null || !isTerminal(state)) return null;
  const parent = await transaction.flowRuns.getForUpdate(parentFlowRunId);
  if (parent === undefined) return null;
  return { stateType: parent.state.type, holder: await holderOf(context, transaction, parent) };
}
