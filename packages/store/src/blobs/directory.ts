/**
 * Blobs in a folder: one file a value, in sub-folders named after two digits of the key's hash.
 *
 * A value is written beside its place, flushed to the disk and renamed, so that a file under its own name is always whole.
 * Nothing outside the folder is ever read, written or deleted: keys are checked, and a symbolic link is refused.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, opendir, readdir, realpath, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreFull, StoreReadOnly } from '@millrace/kernel';
import { machineHost } from '../adapters/host.ts';
import type { BlobEntry, BlobStorage } from '../ports/blob-storage.ts';
import { checkedKey, checkedStorageName } from '../rows/blob-reference.ts';

/** Where a folder of blobs is and how it is written. */
export interface DirectoryStorageOptions {
  /** Made with the first value (mode 0700). */
  readonly folder: string;
  /** Part of every reference (default `folder`). */
  readonly name?: string;
  /** True (default): a value is on the disk before its write resolves. False: it survives `kill -9`, not loss of power. */
  readonly synced?: boolean;
  /** Unique over all processes; default: the machine's. */
  readonly uniqueId?: () => string;
}

/** The name of the folder beside a SQLite file, which no other storage of that file may have. */
export const ownFolderName = 'directory';

const temporaryMark = '.writing-';
/** A process takes seconds to write a value; what is older was left by one that died. */
const temporaryLifeMs = 24 * 60 * 60 * 1000;
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW;
const writeFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * A blob storage in a folder of this machine.
 *
 * @param options the folder, and how safely to write.
 * @returns the storage. Its verbs throw StoreFull and StoreReadOnly for the disk, RangeError for a bad key.
 * @throws RangeError for a bad name.
 * @example
 * const store = await openStore({ url, blobs: directoryStorage({ folder: '/mnt/shared/blobs', name: 'shared' }) });
 */
export function directoryStorage(options: Readonly<DirectoryStorageOptions>): BlobStorage {
  return new DirectoryStorage(options);
}

class DirectoryStorage implements BlobStorage {
  readonly name: string;
  readonly #folder: string;
  readonly #synced: boolean;
  readonly #uniqueId: () => string;

  constructor({ folder, name = 'folder', synced = true, uniqueId = machineHost.uniqueId }: DirectoryStorageOptions) {
    this.name = checkedStorageName(name);
    this.#folder = folder;
    this.#synced = synced;
    this.#uniqueId = uniqueId;
  }

  async put(key: string, content: string | Uint8Array): Promise<void> {
    const { shard, file } = pathOf(key);
    try {
      const folder = await this.#shardForWriting(shard);
      const temporary = join(folder, `${temporaryMark}${this.#uniqueId()}`);
      try {
        await writeWhole(temporary, content, this.#synced);
        await rename(temporary, join(folder, file));
      } catch (error) {
        await unlink(temporary).catch(() => undefined);
        throw error;
      }
      if (this.#synced) await syncFolder(folder);
    } catch (error) {
      throw this.#storeError(error);
    }
  }

  async get(key: string): Promise<string | undefined> {
    const { shard, file } = pathOf(key);
    const folder = await this.#shard(shard);
    if (folder === undefined) return undefined;
    const handle = await unlessMissing(open(join(folder, file), readFlags));
    if (handle === undefined) return undefined;
    try {
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  }

  async delete(key: string): Promise<void> {
    const { shard, file } = pathOf(key);
    const folder = await this.#shard(shard);
    try {
      if (folder !== undefined) await unlessMissing(unlink(join(folder, file)));
    } catch (error) {
      throw this.#storeError(error);
    }
  }

  /** Clears away, too, what processes that were killed left half-written. */
  async *list(prefix: string): AsyncIterable<BlobEntry> {
    const shards = (await unlessMissing(readdir(this.#folder, { withFileTypes: true }))) ?? [];
    for (const shard of shards) {
      const folder =
        shard.isDirectory() && /^[0-9a-f]{2}$/.test(shard.name) ? await this.#shard(shard.name) : undefined;
      if (folder === undefined) continue;
      for await (const file of await opendir(folder)) {
        if (!file.isFile()) continue;
        const path = join(folder, file.name);
        const found = await unlessMissing(stat(path));
        if (found === undefined) continue;
        if (file.name.startsWith(temporaryMark)) await this.#clear(path, found.mtimeMs);
        else if (keyOf(file.name).startsWith(prefix))
          yield { key: keyOf(file.name), storedAt: Math.floor(found.mtimeMs) };
      }
    }
  }

  async #clear(path: string, writtenAt: number): Promise<void> {
    if (writtenAt < machineHost.clock.now() - temporaryLifeMs) await unlessMissing(unlink(path));
  }

  async #shardForWriting(shard: string): Promise<string> {
    const known = await this.#shard(shard);
    if (known !== undefined) return known;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await unlessThere(mkdir(join(this.#folder, shard), { mode: 0o700 }));
    if (this.#synced) await syncFolder(this.#folder);
    const made = await this.#shard(shard);
    if (made === undefined) throw new Error(`${join(this.#folder, shard)} is gone right after it was made`);
    return made;
  }

  /** The sub-folder's true path; undefined = there is none. */
  async #shard(shard: string): Promise<string | undefined> {
    const root = await unlessMissing(realpath(this.#folder));
    if (root === undefined) return undefined;
    const path = await unlessMissing(realpath(join(root, shard)));
    if (path === undefined || path === join(root, shard)) return path;
    throw new Error(`${join(root, shard)} is a link to ${path}: blobs are kept in this folder only`);
  }

  #storeError(error: unknown): unknown {
    const about = { location: this.#folder, cause: error };
    switch (systemCode(error)) {
      case 'ENOSPC':
      case 'EDQUOT':
        return new StoreFull(about);
      case 'EACCES':
      case 'EPERM':
      case 'EROFS':
        return new StoreReadOnly(about);
      default:
        return error;
    }
  }
}

/** A key's `/` is no folder: files lie flat. */
function pathOf(key: string): { readonly shard: string; readonly file: string } {
  const shard = createHash('sha256').update(checkedKey(key)).digest('hex').slice(0, 2);
  return { shard, file: key.replaceAll('/', '%') };
}

function keyOf(file: string): string {
  return file.replaceAll('%', '/');
}

async function writeWhole(path: string, content: string | Uint8Array, synced: boolean): Promise<void> {
  const handle = await open(path, writeFlags, 0o600);
  try {
    await handle.writeFile(content);
    if (synced) await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A name is on the disk when its folder is. Not every file system can; then it does it by itself. */
async function syncFolder(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY);
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'EISDIR', 'EPERM', 'ENOTSUP'].includes(systemCode(error) ?? '')) throw error;
  } finally {
    await handle?.close();
  }
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function unlessThere(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
