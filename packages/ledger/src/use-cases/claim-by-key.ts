/** The run of a flow and an idempotency key: made if there is none, else taken up or told of. */
import { type FlowRunInit, moveFor } from '@millrace/kernel';
import { freshFlowRun } from '../state/fresh-records.ts';
import { noRows } from '../state/recorded-rows.ts';
import type { LedgerContext } from '../state/ledger-context.ts';
import { claimLocked, claimWith, type FoundRun, refusalOf } from './claim-run.ts';
import type { Reservation } from './reservation.ts';

/** A run that a sweep marked Crashed, because nobody served its flow, is taken up again by whoever asks for its key. */
export async function claimByKey(
  context: LedgerContext,
  init: FlowRunInit & { readonly idempotencyKey: string },
  reservation: Reservation,
): Promise<FoundRun> {
  const seen = await context.store.read(async (transaction) => {
    const run = await transaction.flowRuns.getByKey(init.flowName, init.idempotencyKey);
    return run === undefined ? undefined : await refusalOf(context, transaction, run);
  });
  if (seen !== undefined) return seen;
  return await claimWith(context, reservation, async (transaction) => {
    const fresh = freshFlowRun(init, context.clock.now(), context.session.id);
    const { inserted, run } = await transaction.flowRuns.insertIfAbsent(fresh);
    if (inserted) return { status: 'ours', run, recorded: noRows };
    const locked = (await transaction.flowRuns.getForUpdate(run.id)) ?? run;
    const move = locked.crashCount <= locked.policy.crashRetries ? moveFor(locked, 'taken-up') : undefined;
    return await claimLocked(context, transaction, { run: locked, move });
  });
}
