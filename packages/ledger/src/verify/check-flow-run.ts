/** Checks the invariants of a flow run with its holder, its parent and its children. Reads a bounded number of these. */
import { type FlowRunRecord, isNotReady, isTerminal } from '@millrace/kernel';
import type { Transaction } from '@millrace/store';
import { isCut, sessionProblem } from './check-holder.ts';
import type { Finding } from './finding.ts';

export interface FlowCheck {
  readonly run: FlowRunRecord;
  /** Whether a run whose process is gone is a finding: a process that serves its flow may be about to take it up. */
  readonly reportOrphans: boolean;
}

/** Findings about the children of one run: more of the same kind add nothing new. */
const childrenMax = 100;

/** I1: an unfinished run has a lease, a due time or a reason to wait. I3: tokens. I5: one run a replay key. I9: no open child. */
export async function checkFlowRun(transaction: Transaction, check: FlowCheck): Promise<Finding[]> {
  const { run } = check;
  const findings: Finding[] = [];
  const find = (invariant: Finding['invariant'], message: string): void => {
    findings.push({ invariant, runId: run.id, message });
  };
  if (!Number.isSafeInteger(run.token) || run.token < 1) find('I3', `its token is ${run.token}`);
  if (isTerminal(run.state) && run.sessionId !== null) find('I1', 'it has ended and is still held');
  if (!isTerminal(run.state)) {
    const problem = await holdProblem(transaction, check);
    if (problem !== undefined) find('I1', problem);
    if (await isCut(transaction, run, run.parentFlowRunId))
      find('I9', `its parent ${run.parentFlowRunId} is not there`);
  }
  for (const key of await transaction.inspection.repeatedKeys(run.id, childrenMax)) {
    find('I5', `more than one run is recorded under the key '${key}'`);
  }
  // The open children of a client's run are reconciled later: their reports may still come.
  if (!isTerminal(run.state) || run.driver === 'client') return findings;
  return [...findings, ...(await openChildren(transaction, run))];
}

async function openChildren(transaction: Transaction, parent: FlowRunRecord): Promise<Finding[]> {
  const tasks = await transaction.taskRuns.unfinishedOf(parent.id, childrenMax);
  const below = await transaction.flowRuns.unfinishedUnder(parent.id, childrenMax);
  const flows = below.filter(({ parentFlowRunId }) => parentFlowRunId === parent.id);
  // A run that is left NotReady is PENDING for good: it never starts.
  const open = [...tasks, ...flows].filter(({ state }) => !isNotReady(state));
  return open.map(({ id, state }) => ({
    invariant: 'I9',
    runId: id,
    message: `it is ${state.type} and its parent ${parent.id} has ended`,
  }));
}

async function holdProblem(transaction: Transaction, { run, reportOrphans }: FlowCheck): Promise<string | undefined> {
  if (run.driver === 'client') {
    const isTakenUp = run.sessionId !== null || run.wakeAt !== null;
    return isTakenUp ? 'a client drives it, and a process of this engine holds it or would take it up' : undefined;
  }
  if (isNotReady(run.state)) return run.sessionId === null ? undefined : 'it will never run and is still held';
  if (run.sessionId !== null) return reportOrphans ? sessionProblem(transaction, run.sessionId) : undefined;
  if (run.wakeAt !== null || run.waiting !== null) return undefined;
  return 'no session owns it, nothing is due and it waits for nothing';
}
