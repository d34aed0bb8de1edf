/**
 * Large values by reference, over the storages that this process knows.
 *
 * New values go to the first storage; references to the others stay readable. Keys begin with the database's own id, so
 * that two databases may share a folder or a bucket and neither collects the other's values.
 */
import { createHash } from 'node:crypto';
import { BlobDamaged, BlobMissing, BlobUnavailable, isMillraceError } from '@millrace/kernel';
import type { BlobStorage } from '../ports/blob-storage.ts';
import type { BlobOwner, Blobs, StoredBlob } from '../ports/blobs.ts';
import {
  type BlobReference,
  checkedStorageName,
  formatReference,
  isBlobReference,
  parseLocation,
  parseReference,
  referencePrefix,
} from '../rows/blob-reference.ts';

/** Above this a row's text costs every read of the row; below it a file costs more than it saves. */
export const blobTextMax = 65_536;

export interface BlobDepotOptions {
  /** New values go to the first one. None = nothing is kept outside the database. */
  readonly storages: readonly BlobStorage[];
  readonly uniqueId: () => string;
  /** The database's own id. */
  readonly databaseId: () => Promise<string>;
}

export class BlobDepot implements Blobs {
  readonly textMax = blobTextMax;
  readonly #storages: ReadonlyMap<string, BlobStorage>;
  readonly #target: BlobStorage | undefined;
  readonly #uniqueId: () => string;
  readonly #readDatabaseId: () => Promise<string>;
  #databaseId: Promise<string> | undefined;

  constructor({ storages, uniqueId, databaseId }: BlobDepotOptions) {
    this.#target = storages[0];
    this.#storages = new Map(storages.map((storage) => [checkedStorageName(storage.name), storage]));
    this.#uniqueId = uniqueId;
    this.#readDatabaseId = databaseId;
  }

  async offload(text: string, owner: BlobOwner): Promise<string> {
    const target = this.#target;
    if (text.length <= this.textMax || target === undefined) return text;
    const content = Buffer.from(text, 'utf8');
    const key = await this.#newKey(owner);
    await telling({ ...owner, storage: target.name, key, doing: 'written' }, () => target.put(key, content));
    return formatReference({ storage: target.name, key, bytes: content.length, sha256: sha256(content) });
  }

  async fetch(text: string, owner: BlobOwner): Promise<string> {
    if (!isBlobReference(text)) return text;
    const reference = parseReference(text);
    if (reference === undefined) {
      throw new BlobDamaged({ ...owner, storage: '', key: '', problem: `its reference is ${JSON.stringify(text)}` });
    }
    const { storage: name, key } = reference;
    const storage = this.#storages.get(name);
    if (storage === undefined) {
      const cause = new Error(`this process knows ${[...this.#storages.keys()].join(', ') || 'no storage'}`);
      throw new BlobUnavailable({ ...owner, storage: name, key, doing: 'read', cause });
    }
    const found = await telling({ ...owner, storage: name, key, doing: 'read' }, () => storage.get(key));
    if (found === undefined) throw new BlobMissing({ ...owner, storage: name, key });
    return verified(found, reference, owner);
  }

  async remove(reference: string): Promise<boolean> {
    const location = parseLocation(reference);
    const storage = location === undefined ? undefined : this.#storages.get(location.storage);
    if (location === undefined || storage === undefined) return false;
    const { key } = location;
    await telling({ runId: runOf(key), storage: storage.name, key, doing: 'deleted' }, () => storage.delete(key));
    return true;
  }

  async *stored(): AsyncIterable<StoredBlob> {
    const prefix = `${await this.#ownId()}.`;
    for (const storage of this.#storages.values()) {
      for await (const { key, storedAt } of storage.list?.(prefix) ?? []) {
        yield { referencePrefix: referencePrefix(storage.name, key), storedAt };
      }
    }
  }

  async close(): Promise<void> {
    for (const storage of this.#storages.values()) await storage.close?.();
  }

  /** Never one that was used before: what is being deleted under an old key can't be a new value. */
  async #newKey({ runId }: BlobOwner): Promise<string> {
    const plain = runId.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 100);
    return `${await this.#ownId()}.${plain}.${this.#uniqueId().replaceAll('-', '').slice(0, 16)}`;
  }

  #ownId(): Promise<string> {
    this.#databaseId ??= this.#readDatabaseId().catch((error: unknown) => {
      this.#databaseId = undefined;
      throw error;
    });
    return this.#databaseId;
  }
}

function runOf(key: string): string {
  return key.split('.')[1] ?? '';
}

function verified(text: string, { storage, key, bytes, sha256: expected }: BlobReference, owner: BlobOwner): string {
  const content = Buffer.from(text, 'utf8');
  const about = { ...owner, storage, key };
  if (content.length !== bytes) {
    throw new BlobDamaged({ ...about, problem: `it has ${content.length} bytes instead of ${bytes}` });
  }
  if (sha256(content) !== expected) throw new BlobDamaged({ ...about, problem: 'its SHA-256 is another one' });
  return text;
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

interface Doing extends BlobOwner {
  readonly storage: string;
  readonly key: string;
  readonly doing: 'read' | 'written' | 'deleted';
}

/** An error of a storage as one of Millrace's, with the run and the key in it. */
async function telling<T>(about: Doing, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isMillraceError(error)) throw error;
    throw new BlobUnavailable({ ...about, cause: error });
  }
}
