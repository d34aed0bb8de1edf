/** The task cache: one holder a key computes, over all processes, by a claim that ends with its session. */
import type { Cache, CacheAnswer } from '@millrace/kernel';
import type { LedgerContext } from '../ledger-context.ts';

export function createCache(context: LedgerContext): Cache {
  const { store, leases } = context;
  return {
    async claim(key, { holderId, refresh }) {
      if (!refresh) {
        const entry = await store.read((transaction) => transaction.cache.get(key));
        if (entry !== undefined) return { status: 'hit', outcome: entry.outcome, taskRunId: entry.taskRunId };
      }
      return await claimKey(context, key, { holderId, refresh });
    },

    async put({ key, leaseId, outcome, taskRunId, expiresAt }) {
      await store.write(async (transaction) => {
        await transaction.cache.put({ key, outcome, taskRunId, expiresAt });
        await transaction.cache.release(leaseId);
      });
      leases.remove(leaseId);
    },

    async release(leaseId) {
      leases.remove(leaseId);
      await store.write((transaction) => transaction.cache.release(leaseId));
    },

    get: async (key) => (await store.read((transaction) => transaction.cache.get(key)))?.outcome,

    remove: (key) => store.write((transaction) => transaction.cache.remove(key)),
  };
}

async function claimKey(
  context: LedgerContext,
  key: string,
  { holderId, refresh }: { readonly holderId: string; readonly refresh: boolean },
): Promise<CacheAnswer> {
  // A claim whose session nobody sees yet would look like a dead one's.
  await context.session.opened();
  const leaseId = context.ids();
  const answer = await context.store.write(async ({ cache }): Promise<CacheAnswer> => {
    // The value may have been put, and the claim given back, since the key was looked up.
    const entry = refresh ? undefined : await cache.get(key);
    if (entry !== undefined) return { status: 'hit', outcome: entry.outcome, taskRunId: entry.taskRunId };
    const claimed = await cache.claim({ key, leaseId, holderId, sessionId: context.session.id });
    return claimed ? { status: 'claimed', leaseId } : { status: 'busy' };
  });
  if (answer.status === 'claimed') context.leases.add(leaseId, holderId);
  return answer;
}
