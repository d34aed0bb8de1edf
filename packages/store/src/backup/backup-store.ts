/**
 * A copy of a SQLite database with its large values, taken beside its writers: a folder that is itself a database, to be
 * opened where it lies or moved back.
 *
 * The database is copied first, as it was at one instant; the values it refers to were durable before that, and a value
 * stays an hour after its last reference is gone. The copy is checked before it gets its name.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ConfigurationError, CorruptDatabase, isMillraceError, StoreFull, StoreReadOnly } from '@millrace/kernel';
import { machineHost } from '../adapters/host.ts';
import { directoryStorage, ownFolderName } from '../blobs/directory.ts';
import { parseReference } from '../rows/blob-reference.ts';
import { classifySqlite } from '../dialect/sqlite/classify.ts';
import { referenceColumns } from '../migrations/initial-tables/references.ts';
import type { Store } from '../ports/store.ts';
import { sqliteModule } from '../dialect/sqlite/sqlite-module.ts';

/** Where a backup goes. */
export interface BackupOptions {
  /** A folder that is not there yet, or is empty. */
  readonly folder: string;
}

/** The contents of a backup. */
export interface Backup {
  /** The copied database's file: `openStore({ url: file })` opens it. */
  readonly file: string;
  readonly bytes: number;
  /** Values outside the database that were copied. */
  readonly blobs: number;
  /** Values that are not in the database's own folder but, say, in a bucket: back those up where they are. */
  readonly blobsElsewhere: number;
  /** References whose value was gone or damaged already, with the reason; the backup has the rows without them. */
  readonly blobsLost: readonly { readonly reference: string; readonly reason: string }[];
}

const databaseName = 'millrace.db';
/** All pages in one step: a copy in several starts anew with each write in between. */
const allPages = 2_147_483_647;

/**
 * Copies an open SQLite database and its large values to a folder, while others write to it.
 *
 * The copy is read again and checked (`integrity_check`), which takes a while for a large one and holds up this process:
 * run it in one of its own (`millrace db backup`).
 *
 * @param store the open database.
 * @param options the folder to make.
 * @returns what was copied.
 * @throws ConfigurationError for PostgreSQL (use `pg_dump`) and for databases in memory, and when the folder is not empty.
 * @throws CorruptDatabase when the database is damaged: no backup is left.
 * @throws StoreFull, StoreReadOnly for the disk of the backup.
 * @example
 * const { file } = await backupStore(store, { folder: '/backups/2026-11-23' });
 */
export async function backupStore(store: Store, { folder }: Readonly<BackupOptions>): Promise<Backup> {
  assertFile(store);
  const target = resolve(folder);
  const temporary = join(dirname(target), `.${basename(target)}.making-${machineHost.uniqueId().slice(0, 8)}`);
  await assertEmpty(target);
  try {
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    const copy = join(temporary, databaseName);
    await store.flush();
    await copyDatabase(store.location, copy);
    const references = checkedReferences(copy);
    const blobs = await copyBlobs(store, references, join(temporary, 'blobs'));
    const bytes = await madeDurable(copy);
    // An empty folder is replaced; one that has got something in it meanwhile is not.
    await rename(temporary, target);
    return { file: join(target, databaseName), bytes, ...blobs };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw storeError(error, target);
  }
}

function assertFile({ dialect, location }: Store): void {
  if (dialect === 'postgres') {
    throw new ConfigurationError(
      `${location} is on PostgreSQL, which has a better tool for it: pg_dump --format=custom --schema=<its schema>. Large values are in the same schema.`,
      { location },
    );
  }
  if (location === ':memory:') {
    throw new ConfigurationError('A database in memory has nothing to back up: open one in a file.', { location });
  }
}

async function assertEmpty(folder: string): Promise<void> {
  if (!existsSync(folder) || (await readdir(folder)).length === 0) return;
  throw new ConfigurationError(`${folder} is not empty: give each backup a folder of its own.`, { folder });
}

/** As it is at one instant, beside any writers. */
async function copyDatabase(from: string, to: string): Promise<void> {
  const source = new (sqliteModule().DatabaseSync)(from, { readOnly: true });
  try {
    source.exec('PRAGMA busy_timeout = 5000');
    // Node before 22.16 has no backup(); the statement does the same and keeps this process from anything else.
    if (typeof sqliteModule().backup === 'function') await sqliteModule().backup(source, to, { rate: allPages });
    else source.prepare('VACUUM INTO ?').run(to);
  } catch (error) {
    throw classifySqlite(error) === 'corrupt' ? new CorruptDatabase({ location: from, cause: error }) : error;
  } finally {
    source.close();
  }
  await chmod(to, 0o600);
}

/** The values that the copy refers to, once it has been found whole. */
function checkedReferences(path: string): readonly string[] {
  const copy = new (sqliteModule().DatabaseSync)(path);
  try {
    // One file and no log beside it, so that it can be moved about as it is.
    copy.exec('PRAGMA journal_mode = DELETE');
    const answer = copy.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
    if (answer !== 'ok') throw new CorruptDatabase({ location: path, cause: new Error(String(answer)) });
    const selects = referenceColumns.map(
      ({ table, reference }) => `SELECT ${reference} AS reference FROM ${table} WHERE ${reference} IS NOT NULL`,
    );
    const rows = copy.prepare(selects.join(' UNION ')).all();
    return rows.map((row) => row['reference'] as string);
  } catch (error) {
    throw isMillraceError(error) ? error : new CorruptDatabase({ location: path, cause: error });
  } finally {
    copy.close();
  }
}

async function copyBlobs(
  store: Store,
  references: readonly string[],
  folder: string,
): Promise<Pick<Backup, 'blobs' | 'blobsElsewhere' | 'blobsLost'>> {
  const storage = directoryStorage({ folder, name: ownFolderName });
  const blobsLost: { readonly reference: string; readonly reason: string }[] = [];
  let blobs = 0;
  let blobsElsewhere = 0;
  for (const reference of references) {
    const parsed = parseReference(reference);
    if (parsed !== undefined && parsed.storage !== storage.name) {
      blobsElsewhere += 1;
      continue;
    }
    try {
      const text = await store.blobs.fetch(reference, { runId: 'backup' });
      if (parsed !== undefined) await storage.put(parsed.key, text);
      blobs += 1;
    } catch (error) {
      if (!isMillraceError(error) || !error.code.startsWith('Blob')) throw error;
      blobsLost.push({ reference, reason: error.message });
    }
  }
  return { blobs, blobsElsewhere, blobsLost };
}

/** A failure of the disk that the backup goes to. */
function storeError(error: unknown, location: string): unknown {
  const kind = classifySqlite(error);
  const system = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? '') : '';
  if (kind === 'full' || system === 'ENOSPC') return new StoreFull({ location, cause: error });
  if (kind === 'readonly' || ['EACCES', 'EPERM', 'EROFS'].includes(system)) {
    return new StoreReadOnly({ location, cause: error });
  }
  return error;
}

async function madeDurable(path: string): Promise<number> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}
