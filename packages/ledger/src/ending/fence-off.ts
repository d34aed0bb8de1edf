/**
 * Fences off the owner of a run whose end another process writes: the owner's later writes are refused, because it may live and only have
 * slept (law 5).
 */
import type { FlowRunRecord } from '@millrace/kernel';
import type { Transaction } from '@millrace/store';

/** Raises the fencing token of a run that names a session. The caller writes the run's end in the same transaction. */
export async function fenceOff(transaction: Transaction, run: FlowRunRecord): Promise<void> {
  if (run.sessionId === null) return;
  const { token, revision } = await transaction.flowRuns.claim(run, run.sessionId);
  run.token = token;
  run.revision = revision;
}
