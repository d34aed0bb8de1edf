/**
 * The slots and cached values that a client's run needs: read for the rules, and taken as the verdict says, in one transaction. The limits
 * are locked when they are read, because two runs must not take the same last slot.
 */
import type { Effect, FlowRunRecord, Json, Proposal, RunChanges, RunNeeds, TaskRunRecord } from '@millrace/kernel';
import { StateType } from '@millrace/kernel';
import type { Transaction } from '@millrace/store';
import type { LedgerContext } from '../state/ledger-context.ts';

/** How long a slot of a deployment is held without a renewal by its client. */
const deploymentLeaseMs = 300_000;

/** Apart from the keys of this engine, whose values are encoded by its codec. */
const clientKey = (cacheKey: string): string => `client:${cacheKey}`;

const deploymentLimit = (deploymentId: string): string => `deployment:${deploymentId}`;

/** The deployment of a client's flow run, and what is left of its limit. */
export async function flowNeeds(transaction: Transaction, run: FlowRunRecord): Promise<RunNeeds | null> {
  if (run.driver === 'engine') return null;
  const { deploymentId } = run;
  if (deploymentId === null) return { deployment: null, tagLimits: [], cached: null };
  const name = deploymentLimit(deploymentId);
  const [limit] = await transaction.slots.lock([name]);
  const isLimited = limit?.active === true;
  const holders = isLimited ? await transaction.slots.holders(name, Math.max(1, limit.occupied)) : [];
  const hasSlot = holders.some(({ holderId }) => holderId === run.id);
  const occupied = isLimited ? limit.occupied - (hasSlot ? 1 : 0) : 0;
  const deployment = { limit: isLimited ? limit.limit : null, occupied, hasSlot, whenFull: 'wait' } as const;
  return { deployment, tagLimits: [], cached: null };
}

/** The limits of the tags of a client's task run, and the value under its cache key; read where the proposal asks for them. */
export async function taskNeeds(transaction: Transaction, run: TaskRunRecord, { state }: Proposal): Promise<RunNeeds> {
  if (state.type !== StateType.Running) return { deployment: null, tagLimits: [], cached: null };
  const cacheKey = state.details?.cacheKey;
  const entry = cacheKey === undefined ? undefined : await transaction.cache.get(clientKey(cacheKey));
  const tagLimits =
    run.tags.length === 0 ? [] : await transaction.slots.lock(run.tags.map((tag) => `tag:${tag}`).sort());
  return { deployment: null, tagLimits, cached: entry === undefined ? null : { data: parsed(entry.outcome) } };
}

function parsed(text: string): Json {
  return JSON.parse(text);
}

/** Takes the slots that a task run starts with, gives back those of one that ended, and stores what is to be cached. */
export async function applyTaskEffects(
  context: LedgerContext,
  transaction: Transaction,
  { run, effects }: { readonly run: TaskRunRecord; readonly effects: readonly Effect[] },
): Promise<void> {
  for (const effect of effects) {
    if (effect.kind === 'release-slots') await transaction.slots.releaseHeldBy(run.id);
    if (effect.kind === 'take-tag-slots') {
      const { names } = effect;
      const hold = { leaseId: context.ids(), names, occupy: 1, mode: 'concurrency', holderId: run.id } as const;
      await transaction.slots.hold({ ...hold, sessionId: null });
    }
    if (effect.kind === 'put-cached') {
      const key = clientKey(effect.cacheKey);
      const expiresAt = run.state.details?.cacheExpiresAt ?? null;
      const outcome = JSON.stringify(run.state.data ?? null);
      await transaction.cache.put({ key, outcome, taskRunId: run.id, expiresAt });
    }
  }
}

/** Takes the slot of the run's deployment, or goes on with the one that it has; its lease goes into the state. */
export async function withDeploymentSlot(
  context: LedgerContext,
  transaction: Transaction,
  { run: { id, deploymentId }, changes }: { readonly run: FlowRunRecord; readonly changes: RunChanges },
): Promise<RunChanges> {
  if (deploymentId === null) return changes;
  const { state } = changes;
  const held = state.details?.deploymentLeaseId;
  if (held !== undefined && (await transaction.slots.extend(held, deploymentLeaseMs))) return changes;
  const leaseId = context.ids();
  const names = [deploymentLimit(deploymentId)];
  const hold = { leaseId, names, occupy: 1, mode: 'concurrency', holderId: id } as const;
  await transaction.slots.hold({ ...hold, sessionId: null, leaseMs: deploymentLeaseMs });
  return { ...changes, state: { ...state, details: { ...state.details, deploymentLeaseId: leaseId } } };
}
