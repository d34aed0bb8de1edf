/** Reopens a run that has ended, for the processes that serve its flow. */
import {
  awaitingRetry,
  ConfigurationError,
  type FlowRunRecord,
  keepsAttempt,
  type Ledger,
  moveFor,
  resuming,
} from '@millrace/kernel';

/** A crashed run continues its attempt; a failed or cancelled run gets a new attempt. */
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
