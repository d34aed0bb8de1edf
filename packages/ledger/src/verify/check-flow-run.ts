/** Invariants of a flow run among others: who holds it, its parent, its children. */
import { type FlowRunRecord, isTerminal, StateName, type TaskRunRecord } from '@millrace/kernel';
import type { Transaction } from '@millrace/store';
import type { Finding } from './finding.ts';

export interface FlowCheck {
  readonly run: FlowRunRecord;
  /** Sessions that are not over. */
  readonly liveSessions: ReadonlySet<string>;
  /** Whether a run whose process is gone is a finding: a process that serves its flow may be about to take it up. */
  readonly reportOrphans: boolean;
}

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
    const problem = holdProblem(check);
    if (problem !== undefined) find('I1', problem);
  }
  const tasks = await transaction.taskRuns.recorded(run.id);
  const flows = await transaction.flowRuns.childrenOf(run.id);
  for (const key of repeated([...tasks, ...flows].map((child) => child.replayKey))) {
    find('I5', `more than one run is recorded under the key '${key}'`);
  }
  if (isTerminal(run.state)) {
    for (const child of [...tasks, ...flows].filter(isOpen)) {
      findings.push({
        invariant: 'I9',
        runId: child.id,
        message: `it is ${child.state.type} and its parent ${run.id} has ended`,
      });
    }
  }
  return findings;
}

function holdProblem({ run, liveSessions, reportOrphans }: FlowCheck): string | undefined {
  if (run.sessionId !== null) {
    if (!reportOrphans || liveSessions.has(run.sessionId)) return undefined;
    return 'it is held by a session that is over';
  }
  if (run.wakeAt !== null || run.waiting !== null) return undefined;
  return 'nobody holds it, nothing is due and it waits for nothing';
}

function repeated(keys: readonly (string | null)[]): readonly string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const key of keys) {
    if (key === null) continue;
    if (seen.has(key)) twice.add(key);
    seen.add(key);
  }
  return [...twice];
}

/** A run that is left NotReady is PENDING for good: it never starts. */
function isOpen(child: TaskRunRecord | FlowRunRecord): boolean {
  return !isTerminal(child.state) && child.state.name !== StateName.NotReady;
}
