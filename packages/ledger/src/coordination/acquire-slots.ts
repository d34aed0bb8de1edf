/** Takes slots of all limits named, or of none, in one transaction that locks the limits in the order of their names. */
import {
  ConfigurationError,
  decideSlots,
  type SlotAnswer,
  type SlotDecision,
  type SlotRequest,
} from '@millrace/kernel';
import type { LimitUsage, Transaction } from '@millrace/store';
import type { AcquireSlotsAnswer, AcquireSlotsRequest } from '../journal/journal.ts';
import type { LedgerContext } from '../state/ledger-context.ts';

/** Holders named in one answer. */
const holdersMax = 20;

/** Takes the slots, or says which limit is full and how long to wait. */
export async function acquireSlots(context: LedgerContext, request: AcquireSlotsRequest): Promise<AcquireSlotsAnswer> {
  const wanted = { ...request, names: [...new Set(request.names)].sort() };
  const seen = await context.store.read((transaction) => lookAt(context, transaction, wanted));
  if (seen !== undefined) return seen;
  return await context.store.write(async (transaction) => {
    // A slot that is taken under a lease that is over counts for no process, so another could take it too.
    if (!(await transaction.sessions.isLive(request.sessionId))) return { status: 'lease-over' };
    return await take(context, transaction, wanted);
  });
}

/**
 * The answer if nothing has to be written, because no limit is active or one is full. Most names (a task's tags) have no limit, and
 * many runs wait for a full one: neither should lock a row. undefined = there may be a slot.
 */
async function lookAt(
  context: LedgerContext,
  transaction: Transaction,
  request: SlotRequest,
): Promise<Exclude<SlotAnswer, { status: 'granted' }> | undefined> {
  const usage: LimitUsage[] = [];
  for (const name of request.names) {
    const limit = await transaction.slots.getLimit(name);
    if (limit?.active === true) usage.push(limit);
  }
  if (usage.length === 0) return { status: 'unlimited' };
  const decision = decideSlots(usage, request, { now: await nowFor(transaction, usage), random: context.random });
  return decision.kind === 'full' ? await fullAnswer(transaction, decision) : undefined;
}

/** Only rate slots depend on the time; for others no statement is spent while the limit is locked. */
async function nowFor(transaction: Transaction, usage: readonly LimitUsage[]): Promise<number> {
  return usage.some(({ nextFreeAt }) => nextFreeAt !== null) ? await transaction.now() : 0;
}

async function fullAnswer(
  transaction: Transaction,
  { name, retryAfterMs }: Extract<SlotDecision, { kind: 'full' }>,
): Promise<Extract<SlotAnswer, { status: 'full' }>> {
  return { status: 'full', name, retryAfterMs, heldBy: await holderIds(transaction, name) };
}

async function take(
  context: LedgerContext,
  transaction: Transaction,
  request: AcquireSlotsRequest,
): Promise<AcquireSlotsAnswer> {
  const usage = await transaction.slots.lock(request.names);
  const decision = decideSlots(usage, request, { now: await nowFor(transaction, usage), random: context.random });
  if (decision.kind === 'impossible') throw impossible(decision, request);
  if (decision.kind === 'full') return await fullAnswer(transaction, decision);
  if (decision.names.length === 0) return { status: 'unlimited' };
  const { names } = decision;
  const { leaseId, occupy, mode, holderId, sessionId } = request;
  await transaction.slots.hold({ leaseId, names, occupy, mode, holderId, sessionId });
  return { status: 'granted', names };
}

function impossible(decision: Extract<SlotDecision, { kind: 'impossible' }>, request: SlotRequest): ConfigurationError {
  const { name, limit, why } = decision;
  const message =
    why === 'no-rate'
      ? `Limit '${name}' has no slotDecayPerSecond, so no rate can be taken of it: set one, or use concurrency().`
      : `Limit '${name}' is ${limit}: ${request.occupy} slots can never be had of it. Raise the limit or occupy fewer.`;
  return new ConfigurationError(message, { name, limit, occupy: request.occupy });
}

/** The holders of slots of the limit, oldest first. */
export async function holderIds(transaction: Transaction, name: string): Promise<readonly string[]> {
  const holders = await transaction.slots.holders(name, holdersMax);
  return holders.map(({ holderId }) => holderId).filter((id) => id !== null);
}
