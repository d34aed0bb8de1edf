/** The task cache of this process: it keeps its claims on cache keys until they are released. */
import type { Cache, CacheAnswer } from '@millrace/kernel';
import type { CacheEntry } from '@millrace/store';
import type { HolderContext } from './holder-context.ts';

export function createCache(context: HolderContext): Cache {
  const { journal, leases } = context;
  return {
    async claim(key, { holderId, refresh }) {
      const leaseId = context.ids();
      const request = { key, leaseId, holderId, sessionId: context.session.id, refresh };
      const answer = await context.session.taking(() => journal.cache.claim(request));
      if (answer.status === 'hit') return await hit(context, answer.entry);
      if (answer.status === 'busy') return answer;
      leases.add(leaseId, holderId, null);
      return { status: 'claimed', leaseId };
    },

    async put({ key, leaseId, outcome: text, taskRunId, expiresAt }) {
      const outcome = await journal.values.offload(text, { runId: taskRunId ?? 'cache' });
      await journal.cache.put({ entry: { key, outcome, taskRunId, expiresAt }, leaseId });
      if (leaseId !== null) leases.remove(leaseId);
    },

    release: (leaseId) => leases.giveBack(leaseId),

    async get(key) {
      const entry = await journal.cache.get(key);
      return entry === null ? undefined : await fetched(context, entry);
    },

    remove: (key) => journal.cache.remove(key),
  };
}

async function hit(context: HolderContext, entry: CacheEntry): Promise<CacheAnswer> {
  return { status: 'hit', outcome: await fetched(context, entry), taskRunId: entry.taskRunId };
}

/** Outside any transaction, because a large value takes its time. */
function fetched({ journal }: HolderContext, { outcome, taskRunId }: CacheEntry): Promise<string> {
  return journal.values.fetch(outcome, { runId: taskRunId ?? 'cache' });
}
