/** Whether who holds a run is there. */
import { isNotReady, type TaskRunRecord } from '@millrace/kernel';
import type { Transaction } from '@millrace/store';
import type { Finding } from './finding.ts';

/** What is wrong with a session that holds something; undefined = it is not over. */
export async function sessionProblem(transaction: Transaction, sessionId: string): Promise<string | undefined> {
  const session = await transaction.sessions.get(sessionId);
  const isOver = session === undefined || session.expiresAt <= (await transaction.now());
  return isOver ? 'it is held by a session that is over' : undefined;
}

/** I1 for an unfinished task run outside any flow: a session holds it. In a flow that run's holder has it. */
export async function checkTaskHolder(
  transaction: Transaction,
  { run, reportOrphans }: { readonly run: TaskRunRecord; readonly reportOrphans: boolean },
): Promise<Finding[]> {
  if (isNotReady(run.state)) return [];
  const problem = await problemOf(transaction, run.sessionId, reportOrphans);
  return problem === undefined ? [] : [{ invariant: 'I1', runId: run.id, message: problem }];
}

async function problemOf(
  transaction: Transaction,
  sessionId: string | null,
  reportOrphans: boolean,
): Promise<string | undefined> {
  if (sessionId === null) return 'it is outside any flow and nobody holds it';
  return reportOrphans ? sessionProblem(transaction, sessionId) : undefined;
}
