/** Claims the run of a flow and an idempotency key: it is created if there is none, else claimed, or returned as it is. */
import { type FlowRunInit, moveFor } from '@millrace/kernel';
import type { ClaimAnswer, ClaimRequest } from '../journal/journal.ts';
import { freshFlowRun } from '../state/fresh-records.ts';
import type { LedgerContext } from '../state/ledger-context.ts';
import { noRows } from '../state/recorded-rows.ts';
import { retryOnConflict } from '../state/retry-on-conflict.ts';
import { claimLockedRun, refusalOf } from './claim-run.ts';

/** A run that a sweep marked Crashed, because no process served its flow, is taken up again by a claim of its key. */
export async function claimByKey(
  context: LedgerContext,
  request: ClaimRequest,
  init: FlowRunInit & { readonly idempotencyKey: string },
): Promise<ClaimAnswer> {
  const { sessionId } = request;
  const seen = await context.store.read(async (transaction) => {
    const run = await transaction.flowRuns.getByKey(init.flowName, init.idempotencyKey);
    return run === undefined ? undefined : await refusalOf(context, transaction, { run, request });
  });
  if (seen !== undefined) return seen;
  return await retryOnConflict(() =>
    context.store.write(async (transaction) => {
      const fresh = freshFlowRun(init, context.clock.now(), sessionId);
      const { inserted, run } = await transaction.flowRuns.insertIfAbsent(fresh);
      if (inserted) return { status: 'claimed', run, recorded: noRows };
      const locked = (await transaction.flowRuns.getForUpdate(run.id)) ?? run;
      const move = locked.crashCount <= locked.policy.crashRetries ? moveFor(locked, 'taken-up') : undefined;
      const claim = move === undefined ? request : { ...request, move };
      return await claimLockedRun(context, transaction, { run: locked, request: claim });
    }),
  );
}
