/**
 * Claims the right to compute the value of a cache key: one holder for each key, over all processes. The claim ends with the session of its
 * holder.
 */
import type { CacheEntry } from '@millrace/store';
import type { ClaimKeyAnswer, ClaimKeyRequest } from '../journal/journal.ts';
import type { LedgerContext } from '../state/ledger-context.ts';

/** The right, or the value. */
export async function claimKey({ store }: LedgerContext, request: ClaimKeyRequest): Promise<ClaimKeyAnswer> {
  const { key, leaseId, holderId, sessionId, refresh } = request;
  const seen = refresh ? undefined : await store.read(({ cache }) => cache.get(key));
  if (seen !== undefined) return { status: 'hit', entry: seen };
  return await store.write(async ({ cache, sessions }) => {
    if (!(await sessions.isLive(sessionId))) return { status: 'lease-over' };
    if (!(await cache.claim({ key, leaseId, holderId, sessionId }))) return { status: 'busy' };
    // The value may have been put, and the claim given back, since the key was looked up, or while this one waited.
    const entry = refresh ? undefined : await cache.get(key);
    if (entry === undefined) return { status: 'claimed' };
    await cache.release(leaseId);
    return { status: 'hit', entry };
  });
}

/** Writes the value and gives the right back, if there is one. */
export async function putValue(
  { store }: LedgerContext,
  { entry, leaseId }: { readonly entry: CacheEntry; readonly leaseId: string | null },
): Promise<void> {
  await store.write(async ({ cache }) => {
    // If the lease was over meanwhile, another process may have the right now: its value must stay.
    if (leaseId === null || (await cache.release(leaseId))) await cache.put(entry);
  });
}
