/**
 * Opens a SQLite file as ours: makes it with the modes it must have, refuses a foreign, newer or damaged file before anything is
 * written, and brings its schema up to date.
 *
 * `application_id` marks our files and `user_version` counts their migrations, so that opening an up-to-date file reads one page.
 * Migrations run one transaction each: a process killed in the middle leaves the one before.
 */
import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  CorruptDatabase,
  ForeignDatabase,
  NewerDatabase,
  StoreBusy,
  StoreFull,
  StoreReadOnly,
  StoreUnavailable,
} from '@millrace/kernel';
import { pause, type StoreHost } from '../../adapters/host.ts';
import {
  type AppliedMigration,
  checksum,
  insertApplied,
  migrations,
  recordTable,
  schemaStatus,
  selectApplied,
} from '../../migrations/index.ts';
import type { Migration } from '../../migrations/migration.ts';
import { toMicros } from '../../sql/instants.ts';
import { classifySqlite } from './classify.ts';
import { SqliteConnection } from './connection.ts';
import { SqliteDialect } from './dialect.ts';
import { DatabaseFile } from './database-file.ts';
import { hasLostLog } from './lost-log.ts';
import { sqliteSyntax } from './syntax.ts';
import { sqliteModule } from './sqlite-module.ts';

/** 'Mrce' in ASCII. */
export const applicationId = 0x4d726365;
/** A check of the whole file after a crash reads all of it: beyond this it would make every start slow. */
const checkedBytesMax = 64 * 1024 * 1024;
const lostLog =
  'its -wal file, which had the newest commits, was taken away; put it back, or remove the -shm file to do without them';

export interface SqliteOpening {
  /** A path, or ':memory:'. */
  readonly path: string;
  readonly durability: 'synced' | 'process';
  readonly host: StoreHost;
  readonly retryMaxMs: number;
}

/**
 * Opens or makes a SQLite database, brings it to this version's schema, and waits up to `retryMaxMs` while others have it locked.
 *
 * @throws ForeignDatabase, NewerDatabase, CorruptDatabase, StoreReadOnly, StoreBusy, StoreFull, StoreUnavailable
 */
export async function openSqlite(opening: SqliteOpening): Promise<SqliteDialect> {
  const inMemory = opening.path === ':memory:';
  const location = inMemory ? ':memory:' : resolve(opening.path);
  const { host } = opening;
  const startedAt = host.clock.now();
  for (;;) {
    try {
      const dirty = inMemory ? false : prepareFile(location);
      return openReady({ ...opening, path: location }, dirty);
    } catch (error) {
      const waitedMs = host.clock.now() - startedAt;
      if (classifySqlite(error) !== 'busy' || waitedMs > opening.retryMaxMs)
        throw storeError(error, location, waitedMs);
    }
    await pause(host.clock, 2 + host.random() * 20);
  }
}

/** Makes the file and its folder; answers whether the last user left without closing it. */
function prepareFile(path: string): boolean {
  makeFolder(dirname(path));
  accessSync(dirname(path), constants.W_OK);
  if (existsSync(path)) {
    accessSync(path, constants.R_OK | constants.W_OK);
    if (hasLostLog(path)) throw new CorruptDatabase({ location: path, cause: new Error(lostLog) });
    return existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0;
  }
  // SQLite gives its -wal and -shm files the mode of this one.
  closeSync(openSync(path, 'a', 0o600));
  return false;
}

/** One folder after the other: the recursive way of Node hides why it fails, and on some file systems never ends. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  makeFolder(parent);
  accessSync(parent, constants.W_OK);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process that starts at the same time was faster.
    if (!existsSync(path)) throw error;
  }
}

function openReady(opening: SqliteOpening, dirty: boolean): SqliteDialect {
  const { path, host } = opening;
  const now = () => host.clock.now();
  const { DatabaseSync } = sqliteModule();
  const writer = new SqliteConnection(new DatabaseSync(path), now);
  try {
    configure(writer, opening);
    if (dirty && statSync(path).size <= checkedBytesMax) quickCheck(writer, path);
    migrate(writer, path, now);
    const reader = path === ':memory:' ? null : new SqliteConnection(new DatabaseSync(path, { readOnly: true }), now);
    if (reader !== null) reader.database.exec('PRAGMA busy_timeout = 0');
    const file = path === ':memory:' ? {} : { file: new DatabaseFile(path, now) };
    return new SqliteDialect({ writer, reader, location: path, host, ...file });
  } catch (error) {
    writer.close();
    throw error;
  }
}

function configure(writer: SqliteConnection, { path, durability }: SqliteOpening): void {
  writer.database.exec('PRAGMA busy_timeout = 0');
  assertOurs(writer, path);
  if (path !== ':memory:' && pragma(writer, 'journal_mode') !== 'wal')
    writer.database.exec('PRAGMA journal_mode = WAL');
  const synchronous = durability === 'synced' ? 'FULL' : 'NORMAL';
  // fullfsync: on macOS a plain fsync does not reach the disk. Elsewhere it changes nothing.
  writer.database.exec(
    `PRAGMA synchronous = ${synchronous}; PRAGMA fullfsync = ${durability === 'synced' ? 1 : 0}; ` +
      'PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000',
  );
}

/** Reads only: a file that is not ours stays as it is. */
export function assertOurs(writer: SqliteConnection, path: string): void {
  const id = pragma(writer, 'application_id');
  if (id === applicationId) return;
  const tables = writer.all('SELECT name FROM sqlite_schema ORDER BY name LIMIT 3', []).map((row) => row['name']);
  if (id === 0 && tables.length === 0) return;
  const found = tables.length === 0 ? `application_id ${id}` : `it has the tables ${tables.join(', ')}`;
  throw new ForeignDatabase({ location: path, found });
}

function quickCheck(writer: SqliteConnection, path: string): void {
  const answer = writer.all('PRAGMA quick_check(1)', [])[0]?.['quick_check'];
  if (answer !== 'ok') throw new CorruptDatabase({ location: path, cause: new Error(String(answer)) });
}

function migrate(writer: SqliteConnection, path: string, now: () => number): void {
  if (pragma(writer, 'user_version') === migrations.length) return;
  writer.run('BEGIN IMMEDIATE', []);
  writer.database.exec(`PRAGMA application_id = ${applicationId}; ${recordTable(sqliteSyntax)}`);
  const applied = writer.all(selectApplied, []) as unknown as readonly AppliedMigration[];
  writer.run('COMMIT', []);
  const status = schemaStatus(applied, sqliteSyntax);
  if (status.kind === 'newer') throw new NewerDatabase({ location: path, unknown: status.unknown });
  if (status.kind === 'edited')
    throw new ForeignDatabase({ location: path, found: `its migration ${status.id} is not the one of this version` });
  if (status.kind === 'behind') for (const migration of status.missing) apply(writer, migration, now);
}

/** In one transaction, unless another process was faster. */
function apply(writer: SqliteConnection, migration: Migration, now: () => number): void {
  writer.run('BEGIN IMMEDIATE', []);
  try {
    const done = writer.all('SELECT 1 FROM millrace_migration WHERE id = ?', [migration.id]).length > 0;
    if (!done) {
      for (const statement of migration.statements(sqliteSyntax)) writer.database.exec(statement);
      writer.run(insertApplied, [migration.id, checksum(migration, sqliteSyntax), toMicros(now(), 'now')]);
      writer.database.exec(`PRAGMA user_version = ${migrations.indexOf(migration) + 1}`);
    }
    writer.run('COMMIT', []);
  } catch (error) {
    try {
      writer.database.exec('ROLLBACK');
    } catch {
      // On a full disk SQLite has rolled back by itself: what failed first is what matters.
    }
    throw error;
  }
}

export function pragma(writer: SqliteConnection, name: string): unknown {
  return Object.values(writer.all(`PRAGMA ${name}`, [])[0] ?? {})[0];
}

/** A SQLite file has a zero byte among its first 16: what has none but letters there was never one. */
function beginsAsText(path: string): boolean {
  const head = Buffer.alloc(16);
  const file = openSync(path, 'r');
  const read = readSync(file, head, 0, head.length, 0);
  closeSync(file);
  return (
    read > 0 &&
    head.subarray(0, read).every((byte) => (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13)
  );
}

/** The caller's error for one while opening. */
export function storeError(error: unknown, path: string, waitedMs: number): unknown {
  const system = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (system === 'EACCES' || system === 'EROFS' || system === 'EPERM')
    return new StoreReadOnly({ location: path, cause: error });
  if (system === 'ENOSPC') return new StoreFull({ location: path, cause: error });
  switch (classifySqlite(error)) {
    case 'readonly':
      return new StoreReadOnly({ location: path, cause: error });
    case 'corrupt':
      return beginsAsText(path)
        ? new ForeignDatabase({ location: path, found: 'it is a text' })
        : new CorruptDatabase({ location: path, cause: error });
    case 'full':
      return new StoreFull({ location: path, cause: error });
    case 'busy':
      return new StoreBusy({ location: path, waitedMs, cause: error });
    case 'io':
      return new StoreUnavailable({ location: path, problem: 'unopenable', cause: error });
    default:
      return error instanceof Error && 'syscall' in error
        ? new StoreUnavailable({ location: path, problem: 'unopenable', cause: error })
        : error;
  }
}
