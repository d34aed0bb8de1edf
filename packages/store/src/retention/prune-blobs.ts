/**
 * Deletes values outside the database that no row refers to: those of deleted rows when their time of grace is over, and
 * those whose row was never committed. What is referred to again in the meantime (a fork, a cached value) stays.
 */
import { parseReference, referencePrefix } from '../blobs/reference.ts';
import type { Store } from '../ports/store.ts';

export interface PruneBlobsOptions {
  /** Values without a reference that are older (epoch ms) are left over; null = they are not looked for. */
  readonly orphansBefore: number | null;
  readonly signal: AbortSignal | undefined;
}

const pageSize = 100;

/** Answers how many values were deleted. Throws BlobUnavailable when a storage can't be reached. */
export async function pruneBlobs(store: Store, { orphansBefore, signal }: PruneBlobsOptions): Promise<number> {
  let count = await pruneDue(store, signal);
  if (orphansBefore === null) return count;
  let page: string[] = [];
  for await (const { referencePrefix: prefix, storedAt } of store.blobs.stored()) {
    if (signal?.aborted === true) return count;
    if (storedAt >= orphansBefore) continue;
    page.push(prefix);
    if (page.length < pageSize) continue;
    count += await removeUnreferenced(store, page);
    page = [];
  }
  return count + (await removeUnreferenced(store, page));
}

async function pruneDue(store: Store, signal: AbortSignal | undefined): Promise<number> {
  let count = 0;
  while (signal?.aborted !== true) {
    const due = await store.read(({ maintenance }) => maintenance.removals('blob', pageSize));
    if (due.length === 0) return count;
    const prefixes = new Map(due.map((reference) => [reference, prefixOf(reference)]));
    const free = new Set(
      await store.read(({ maintenance }) => maintenance.unreferenced([...new Set(prefixes.values())])),
    );
    for (const [reference, prefix] of prefixes) {
      // A storage that this process does not know can't be emptied by it: the value stays, and is told in the docs.
      if (free.has(prefix) && (await store.blobs.remove(reference))) count += 1;
    }
    await store.write(({ maintenance }) => maintenance.settle('blob', due));
  }
  return count;
}

async function removeUnreferenced(store: Store, prefixes: readonly string[]): Promise<number> {
  if (prefixes.length === 0) return 0;
  const free = await store.read(({ maintenance }) => maintenance.unreferenced(prefixes));
  // Bytes and hash are for reading: a removal goes by storage and key.
  for (const prefix of free) await store.blobs.remove(`${prefix}0:${'0'.repeat(64)}`);
  return free.length;
}

function prefixOf(reference: string): string {
  const parsed = parseReference(reference);
  return parsed === undefined ? reference : referencePrefix(parsed.storage, parsed.key);
}
