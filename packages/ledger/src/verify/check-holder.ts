/** Checks that the holder of a run exists. */
import { isNotReady, type TaskRunRecord } from '@millrace/kernel';
import type { Transaction } from '@millrace/store';
import type { Finding } from './finding.ts';

/** The problem of a session that holds something; undefined = it is not over. */
export async function sessionProblem(transaction: Transaction, sessionId: string): Promise<string | undefined> {
  const session = await transaction.sessions.get(sessionId);
  const isOver = session === undefined || session.expiresAt <= (await transaction.now());
  return isOver ? 'it is held by a session that is over' : undefined;
}

/** Whether the flow run that an unfinished run is part of is gone, and the run itself is still there: no process would ever end it. */
export async function isCut(transaction: Transaction, run: { readonly id: string }, flowRunId: string | null) {
  if (flowRunId === null || (await transaction.flowRuns.heads([flowRunId])).length > 0) return false;
  const [task, flow] = [await transaction.taskRuns.get(run.id), await transaction.flowRuns.get(run.id)];
  return task !== undefined || flow !== undefined;
}

/** I1 for an unfinished task run outside any flow: a session holds it. I9: in a flow that run's holder has it, so it is there. */
export async function checkTaskHolder(
  transaction: Transaction,
  { run, reportOrphans }: { readonly run: TaskRunRecord; readonly reportOrphans: boolean },
): Promise<Finding[]> {
  // A client reports it from outside any flow of this engine.
  if (isNotReady(run.state) || (run.flowRunId === null && run.dynamicKey !== null)) return [];
  if (run.flowRunId !== null) {
    const message = `its flow run ${run.flowRunId} is not there`;
    return (await isCut(transaction, run, run.flowRunId)) ? [{ invariant: 'I9', runId: run.id, message }] : [];
  }
  const problem = await problemOf(transaction, run.sessionId, reportOrphans);
  return problem === undefined ? [] : [{ invariant: 'I1', runId: run.id, message: problem }];
}

async function problemOf(
  transaction: Transaction,
  sessionId: string | null,
  reportOrphans: boolean,
): Promise<string | undefined> {
  if (sessionId === null) return 'it is outside any flow and no session owns it';
  return reportOrphans ? sessionProblem(transaction, sessionId) : undefined;
}
