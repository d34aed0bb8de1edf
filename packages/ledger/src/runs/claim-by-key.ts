/** The run of a flow and an idempotency key: made if there is none, else taken up or told of. */
import { type Claim, type FlowRunInit, StateType } from '@millrace/kernel';
import { nothingRecorded } from '../executions/recorded-children.ts';
import { freshFlowRun } from '../executions/fresh-records.ts';
import type { LedgerContext } from '../ledger-context.ts';
import { claimLocked, claimWith, refusalOf } from './claim-run.ts';

/** A run that a sweep marked Crashed, because nobody served its flow, is taken up again by whoever asks for its key. */
export async function claimByKey(
  context: LedgerContext,
  init: FlowRunInit & { readonly idempotencyKey: string },
): Promise<Claim> {
  const seen = await context.store.read(async (transaction) => {
    const run = await transaction.flowRuns.getByKey(init.flowName, init.idempotencyKey);
    return run === undefined ? undefined : await refusalOf(context, transaction, run);
  });
  if (seen !== undefined) return seen;
  return await claimWith(context, async (transaction) => {
    const fresh = freshFlowRun(init, context.clock.now(), context.session.id);
    const { inserted, run } = await transaction.flowRuns.insertIfAbsent(fresh);
    if (inserted) return { status: 'ours', run, recorded: nothingRecorded };
    const locked = (await transaction.flowRuns.getForUpdate(run.id)) ?? run;
    const isOrphan = locked.state.type === StateType.Crashed && locked.crashCount <= locked.policy.crashRetries;
    return await claimLocked(context, transaction, { run: locked, move: isOrphan ? 'recover' : undefined });
  });
}
