/**
 * Claims an existing flow run: one whose process died, one that was evicted and is due, or one that has ended and is moved.
 *
 * This is one transaction. The new owner gets the next fencing token, so later writes of the old owner are refused (law 5). A run whose
 * process died too often ends as Crashed here.
 */
import {
  awaitsResume,
  crashed,
  cancelled,
  type FlowRunRecord,
  isNotReady,
  isTerminal,
  keepsAttempt,
  pending,
  type Proposal,
  RunNotFound,
  type StartMove,
  StateType,
} from '@millrace/kernel';
import type { Transaction } from '@millrace/store';
import { retryOnConflict } from '../state/retry-on-conflict.ts';
import type { ClaimAnswer, ClaimRequest } from '../journal/journal.ts';
import type { LedgerContext } from '../state/ledger-context.ts';
import { liveSessionOf } from '../state/liveness.ts';
import { readRecordedRows } from '../state/recorded-rows.ts';
import { applyProposal } from './propose-state.ts';

/** Throws RunNotFound. */
export async function claimRun(context: LedgerContext, request: ClaimRequest, flowRunId: string): Promise<ClaimAnswer> {
  const seen = await context.store.read(async (transaction) => {
    const run = await transaction.flowRuns.get(flowRunId);
    return run === undefined ? undefined : { run, refusal: await refusalOf(context, transaction, { run, request }) };
  });
  if (seen?.refusal !== undefined) return seen.refusal;
  return await retryOnConflict(() =>
    context.store.write(async (transaction) => {
      // Several processes take up due runs: a process that has locked one is about to take it up itself.
      const run = await transaction.flowRuns.getUnlocked(flowRunId);
      if (run === undefined && seen !== undefined) return { status: 'held', run: seen.run };
      if (run === undefined) throw new RunNotFound({ runId: flowRunId });
      return await claimLockedRun(context, transaction, { run, request });
    }),
  );
}

/** A claim of one run. */
export interface RunClaim {
  readonly run: FlowRunRecord;
  readonly request: ClaimRequest;
}

/** Why the run is not to be taken up: read without a lock, as its owner writes it. undefined = it may be. */
export async function refusalOf(
  context: LedgerContext,
  transaction: Transaction,
  { run, request }: RunClaim,
): Promise<Exclude<ClaimAnswer, { status: 'claimed' }> | undefined> {
  if (isNotReady(run.state)) return { status: 'ended', run };
  if (run.driver === 'client') return { status: isTerminal(run.state) ? 'ended' : 'held', run };
  const isOwn = run.sessionId === request.sessionId;
  if (isOwn && request.leftOver !== run.token) return { status: 'own', run };
  const isFree = isOwn || (await liveSessionOf(context, transaction, run)) === undefined;
  if (isFree && (await isInReach(transaction, run, request.sessionId))) return undefined;
  return { status: isTerminal(run.state) ? 'ended' : 'held', run };
}

/** Claims a run that the transaction has locked. */
export async function claimLockedRun(
  context: LedgerContext,
  transaction: Transaction,
  { run, request }: RunClaim,
): Promise<ClaimAnswer> {
  const { move, sessionId } = request;
  const refusal = await refusalOf(context, transaction, { run, request });
  if (refusal !== undefined) return refusal;
  if (isTerminal(run.state)) {
    if (move === undefined || !(await reopen(context, transaction, { run, move }))) return { status: 'ended', run };
  } else if (run.sessionId !== null) {
    if (!(await countCrash(context, transaction, run))) return { status: 'ended', run, endedHere: true };
    if (run.parentFlowRunId === null && awaitsResume(run.state)) return await keepSuspended(transaction, run);
  } else if (await isNotDue(transaction, run, move)) {
    return { status: 'parked', run };
  }
  const claimed = await transaction.flowRuns.claim(run, sessionId);
  return { status: 'claimed', run: claimed, recorded: await readRecordedRows(transaction, run.id) };
}

/** Keeps a suspended run waiting for its resume although its process died before it gave the run back. */
async function keepSuspended(transaction: Transaction, run: FlowRunRecord): Promise<ClaimAnswer> {
  run.sessionId = null;
  run.wakeAt = null;
  await transaction.flowRuns.put(run);
  return { status: 'parked', run };
}

/** A child is taken up only by the process that owns its parent. */
async function isInReach(transaction: Transaction, run: FlowRunRecord, sessionId: string): Promise<boolean> {
  if (run.parentFlowRunId === null) return true;
  const [parent] = await transaction.flowRuns.heads([run.parentFlowRunId]);
  return parent?.sessionId === sessionId;
}

/** A child continues with its parent, which calls it, and waits in its own body. */
async function isNotDue(transaction: Transaction, run: FlowRunRecord, move: StartMove | undefined): Promise<boolean> {
  if (run.parentFlowRunId !== null || move === 'resume' || move === 'retry') return false;
  return run.wakeAt === null || run.wakeAt > (await transaction.now());
}

/** Moves the run out of its terminal state; false when the rules refuse it. */
async function reopen(
  context: LedgerContext,
  transaction: Transaction,
  { run, move }: { readonly run: FlowRunRecord; readonly move: StartMove },
): Promise<boolean> {
  const goesOn = run.state.type === StateType.Crashed && keepsAttempt(move);
  const state = pending(context.clock.now(), goesOn ? { details: { resuming: true } } : undefined);
  const verdict = await applyProposal(context, transaction, {
    run,
    holder: 'none',
    proposal: { state, by: 'engine', move },
  });
  if (verdict.status !== 'ACCEPT') return false;
  if (move === 'recover') return true;
  run.crashCount = 0;
  await transaction.flowRuns.put(run);
  return true;
}

/** Counts the death of the owner. False when that ends the run, which was being cancelled or has crashed too often. */
async function countCrash(context: LedgerContext, transaction: Transaction, run: FlowRunRecord): Promise<boolean> {
  run.crashCount += 1;
  const end = endAfterCrash(run, context.clock.now());
  if (end === undefined) {
    await transaction.flowRuns.put(run);
    return true;
  }
  await applyProposal(context, transaction, { run, holder: 'none', proposal: end });
  return false;
}

function endAfterCrash(run: FlowRunRecord, now: number): Proposal | undefined {
  if (run.state.type === StateType.Cancelling) return { state: cancelled(now, run.state.message), by: 'service' };
  const { crashRetries } = run.policy;
  if (run.crashCount <= crashRetries) return undefined;
  const message = `Its process died ${run.crashCount} times; crashRetries is ${crashRetries}.`;
  return { state: crashed(now, message), by: 'service' };
}
