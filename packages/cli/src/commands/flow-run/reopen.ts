/** Moves a run that has ended on, so that a process which serves its flow takes it up. */
import {
  awaitingRetry,
  ConfigurationError,
  type FlowRunRecord,
  keepsAttempt,
  type Ledger,
  moveFor,
  resuming,
} from '@millrace/kernel';

/** A crashed run goes on with the attempt it was in; one that failed or was cancelled gets a new one. */
export async function reopen(
  ledger: Ledger,
  run: FlowRunRecord,
  { now, trustOrder }: { readonly now: number; readonly trustOrder: boolean },
): Promise<void> {
  const message = 'resumed from the command line';
  const move = moveFor(run, 'resumed');
  const state = keepsAttempt(move) ? resuming(now, message) : awaitingRetry(now, now, message);
  const verdict = await ledger.runs.propose(run.id, {
    state: trustOrder ? { ...state, details: { ...state.details, trustOrder } } : state,
    by: 'api',
    ...(move === undefined ? {} : { move }),
  });
  if (verdict.status === 'ACCEPT' || (verdict.status === 'REJECT' && verdict.changes !== null)) return;
  throw new ConfigurationError(`Flow run '${run.name}' was not resumed: ${verdict.reason}`, { runId: run.id });
}
