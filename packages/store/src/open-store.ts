/** Opens the store at a URL. Only the driver of its database is loaded. */
import { dirname, join, resolve } from 'node:path';
import { checkDatabaseAddress, ConfigurationError, isPostgresAddress } from '@millrace/kernel';
import { machineHost, type StoreHost } from './adapters/host.ts';
import { directoryStorage, ownFolderName } from './blobs/directory.ts';
import { refuseFolder, sqlitePath } from './database-url.ts';
import type { Dialect } from './sql/dialect.ts';
import type { BlobStorage } from './ports/blob-storage.ts';
import type { Store } from './ports/store.ts';
import { SqlStore } from './sql-store.ts';

/** How to open a store. */
export interface OpenStoreOptions {
  /**
   * `sqlite:path`, `file:` URL, a plain path, `:memory:`, or `postgres://…`; with `?schema=name` a PostgreSQL schema other
   * than `millrace`.
   */
  readonly url: string;
  /**
   * The failures that an acknowledged write survives. `synced` (default): loss of power. `process`: `kill -9` of the process, but not
   * loss of power.
   */
  readonly durability?: 'synced' | 'process';
  /**
   * `read`: nothing is made, migrated or written, and a write is refused with StoreReadOnly; a file that can't be written and a
   * role that may only select will do. Default: `write`.
   */
  readonly access?: 'write' | 'read';
  /** How long a write is tried again while the database is locked or away, in milliseconds (default 60,000). */
  readonly retryMaxMs?: number;
  /**
   * How long a PostgreSQL server may say nothing to a write before its connection is closed and the write is tried on a
   * new one, in milliseconds (default 20,000; reads: three times that). A write that had been committed is not done twice.
   */
  readonly answerMaxMs?: number;
  /**
   * Where values over 64 KB go. Default: the folder `blobs` beside a SQLite file, a table of the same database on
   * PostgreSQL; in memory they stay in their rows. What the default holds stays readable.
   */
  readonly blobs?: BlobStorage;
  /** The clock, timers and randomness; by default the machine's. On SQLite its clock is the database's clock. */
  readonly host?: Partial<StoreHost>;
}

const retryMaxDefaultMs = 60_000;
const answerMaxDefaultMs = 20_000;

/**
 * Opens the store behind a URL: makes it if there is none, and brings an older one up to date.
 *
 * @param options the URL and how to treat it.
 * @returns the store; close it when done.
 * @throws ConfigurationError when the URL is of another kind of database, what is to be read is of an older version, or the blob storage has the default one's name.
 * @throws StoreReadOnly when the file or its folder can't be written.
 * @throws ForeignDatabase when something else lives there; it is left as it is.
 * @throws NewerDatabase when a newer version of Millrace wrote it.
 * @throws CorruptDatabase when the file is damaged; the message names the way back.
 * @throws StoreUnavailable when a server can't be reached within the time for retries, or the file's folder can't be made.
 * @example
 * const store = await openStore({ url: 'sqlite:.millrace/millrace.db' });
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const host = { ...machineHost, ...options.host };
  const retryMaxMs = options.retryMaxMs ?? retryMaxDefaultMs;
  const { url, durability = 'synced', access = 'write', answerMaxMs = answerMaxDefaultMs } = options;
  checkDatabaseAddress(url);
  if (!isPostgresAddress(url)) refuseFolder(sqlitePath(url));
  const opening: Opening = { url, durability, access, host, retryMaxMs, answerMaxMs };
  refuseOwnName(url, options.blobs);
  const dialect = await openDialect(opening);
  const own = await ownBlobStorage(opening, dialect.isPooled ?? false);
  const blobStorages = [options.blobs, own].filter((storage) => storage !== undefined);
  return new SqlStore({ dialect, host, retryMaxMs, blobStorages });
}

interface Opening {
  readonly url: string;
  readonly durability: 'synced' | 'process';
  readonly access: 'write' | 'read';
  readonly host: StoreHost;
  readonly retryMaxMs: number;
  readonly answerMaxMs: number;
}

async function ownBlobStorage(opening: Opening, isPooled: boolean): Promise<BlobStorage | undefined> {
  const { url, durability, host } = opening;
  if (isPostgresAddress(url)) {
    const { PostgresTable } = await import('./blobs/postgres-table.ts');
    return new PostgresTable({ ...opening, isPooled });
  }
  const path = sqlitePath(url);
  if (path === ':memory:') return undefined;
  const folder = join(dirname(resolve(path)), 'blobs');
  return directoryStorage({ folder, name: ownFolderName, synced: durability === 'synced', uniqueId: host.uniqueId });
}

/** A write to one of them would be looked for in the other. */
function refuseOwnName(url: string, storage: BlobStorage | undefined): void {
  if (storage === undefined || sqlitePath(url) === ':memory:') return;
  const { name } = storage;
  if (name !== (isPostgresAddress(url) ? 'postgres' : ownFolderName)) return;
  throw new ConfigurationError(
    `The name '${name}' belongs to the blob storage that this database has itself: give yours another name.`,
    { name },
  );
}

async function openDialect(opening: Opening): Promise<Dialect> {
  const { url, durability, access, host, retryMaxMs } = opening;
  if (isPostgresAddress(url)) {
    const { openPostgres, openPostgresForReading } = await import('./dialect/postgres/open.ts');
    return access === 'read' ? openPostgresForReading(opening) : openPostgres(opening);
  }
  const path = sqlitePath(url);
  if (access === 'read' && path !== ':memory:') {
    const { openSqliteForReading } = await import('./dialect/sqlite/open-for-reading.ts');
    return openSqliteForReading({ path, host, retryMaxMs });
  }
  const { openSqlite } = await import('./dialect/sqlite/open.ts');
  return openSqlite({ path, durability, host, retryMaxMs });
}
