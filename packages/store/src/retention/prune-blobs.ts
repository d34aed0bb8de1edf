/**
 * Deletes values outside the database that no row refers to: those of deleted rows, and those whose row was never
 * committed. Both are noted first and deleted after a time of grace: who has read a reference may still fetch its value (a
 * backup), and what is referred to again in the meantime (a fork, a cached value) stays.
 */
import type { Store } from '../ports/store.ts';

export interface PruneBlobsOptions {
  /** Values without a reference that are older (epoch ms) are left over; null = they are not looked for. */
  readonly orphansBefore: number | null;
  /** When what is left over may be deleted (epoch ms). */
  readonly dueAt: number;
  readonly signal: AbortSignal | undefined;
}

const pageSize = 100;

/** Answers how many values were deleted. Throws BlobUnavailable when a storage can't be reached. */
export async function pruneBlobs(store: Store, options: PruneBlobsOptions): Promise<number> {
  const { orphansBefore, dueAt, signal } = options;
  if (orphansBefore !== null) {
    let page: string[] = [];
    for await (const { referencePrefix: prefix, storedAt } of store.blobs.stored()) {
      if (signal?.aborted === true) return 0;
      if (storedAt < orphansBefore) page.push(prefix);
      if (page.length < pageSize) continue;
      await noteOrphans(store, page, dueAt);
      page = [];
    }
    await noteOrphans(store, page, dueAt);
  }
  return await removeDue(store, signal);
}

async function noteOrphans(store: Store, prefixes: readonly string[], dueAt: number): Promise<void> {
  if (prefixes.length === 0) return;
  const free = await store.read(({ maintenance }) => maintenance.unreferenced(prefixes));
  if (free.length > 0) await store.write(({ maintenance }) => maintenance.noteBlobs(free, dueAt));
}

async function removeDue(store: Store, signal: AbortSignal | undefined): Promise<number> {
  let count = 0;
  while (signal?.aborted !== true) {
    const due = await store.read(({ maintenance }) => maintenance.removals('blob', pageSize));
    if (due.length === 0) return count;
    for (const prefix of await store.read(({ maintenance }) => maintenance.unreferenced(due))) {
      // A storage that this process does not know can't be emptied by it: the value stays.
      if (await store.blobs.remove(prefix)) count += 1;
    }
    await store.write(({ maintenance }) => maintenance.settle('blob', due));
  }
  return count;
}
