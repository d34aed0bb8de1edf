/** Ending a run in its holder's place: whatever that one still writes must be refused, also when it only slept (law 5). */
import type { FlowRunRecord } from '@millrace/kernel';
import type { Transaction } from '@millrace/store';

/** Raises the token of a run that somebody holds or held. The caller writes the run's end in the same transaction. */
export async function fenceOff(transaction: Transaction, run: FlowRunRecord): Promise<void> {
  if (run.sessionId === null) return;
  const { token, revision } = await transaction.flowRuns.claim(run, run.sessionId);
  run.token = token;
  run.revision = revision;
}
