/** The task cache: one holder a key computes, over all processes, by a claim that ends with its session. */
import type { Cache, CacheAnswer } from '@millrace/kernel';
import type { CacheEntry } from '@millrace/store';
import type { LedgerContext } from '../state/ledger-context.ts';

export function createCache(context: LedgerContext): Cache {
  const { store, leases } = context;
  return {
    async claim(key, { holderId, refresh }) {
      if (!refresh) {
        const entry = await store.read((transaction) => transaction.cache.get(key));
        if (entry !== undefined) return await hit(context, entry);
      }
      return await claimKey(context, key, { holderId, refresh });
    },

    async put({ key, leaseId, outcome: text, taskRunId, expiresAt }) {
      const outcome = await store.blobs.offload(text, { runId: taskRunId ?? 'cache' });
      await store.write(async (transaction) => {
        // One whose lease was over meanwhile may have been overtaken: what the present holder puts stays.
        if (leaseId === null || (await transaction.cache.release(leaseId)))
          await transaction.cache.put({ key, outcome, taskRunId, expiresAt });
      });
      if (leaseId !== null) leases.remove(leaseId);
    },

    release: (leaseId) => leases.giveBack(leaseId),

    async get(key) {
      const entry = await store.read((transaction) => transaction.cache.get(key));
      return entry === undefined ? undefined : await fetched(context, entry);
    },

    remove: (key) => store.write((transaction) => transaction.cache.remove(key)),
  };
}

async function claimKey(
  context: LedgerContext,
  key: string,
  { holderId, refresh }: { readonly holderId: string; readonly refresh: boolean },
): Promise<CacheAnswer> {
  context.session.ensure();
  const leaseId = context.ids();
  const answer = await context.session.taking(async ({ cache }): Promise<CacheEntry | 'claimed' | 'busy'> => {
    const claimed = await cache.claim({ key, leaseId, holderId, sessionId: context.session.id });
    if (!claimed) return 'busy';
    // The value may have been put, and the claim given back, since the key was looked up, or while this one waited.
    const entry = refresh ? undefined : await cache.get(key);
    if (entry === undefined) return 'claimed';
    await cache.release(leaseId);
    return entry;
  });
  if (answer === 'busy') return { status: 'busy' };
  if (answer !== 'claimed') return await hit(context, answer);
  context.leases.add(leaseId, holderId, null);
  return { status: 'claimed', leaseId };
}

async function hit(context: LedgerContext, entry: CacheEntry): Promise<CacheAnswer> {
  return { status: 'hit', outcome: await fetched(context, entry), taskRunId: entry.taskRunId };
}

/** Outside any transaction: a large value takes its time. */
function fetched({ store }: LedgerContext, { outcome, taskRunId }: CacheEntry): Promise<string> {
  return store.blobs.fetch(outcome, { runId: taskRunId ?? 'cache' });
}
