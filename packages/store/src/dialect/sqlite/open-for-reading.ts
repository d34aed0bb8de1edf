/**
 * Opens a SQLite file for reading: it is neither created, nor migrated, nor written. A file in a folder that can't be written is read as it
 * is, without locks, because no other process can write it either.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NewerDatabase, StoreUnavailable } from '@millrace/kernel';
import { pause, type StoreHost } from '../../adapters/host.ts';
import { type AppliedMigration, migrations, schemaStatus, selectApplied } from '../../migrations/index.ts';
import { olderVersion } from '../../ports/older-version.ts';
import { classifySqlite } from './classify.ts';
import { SqliteConnection } from './connection.ts';
import { SqliteDialect } from './dialect.ts';
import { assertOurs, pragma, storeError } from './open.ts';
import { sqliteSyntax } from './syntax.ts';
import { sqliteModule } from './sqlite-module.ts';

export interface SqliteReading {
  readonly path: string;
  readonly host: StoreHost;
  readonly retryMaxMs: number;
}

/** @throws ForeignDatabase, NewerDatabase, CorruptDatabase, StoreBusy, StoreUnavailable; ConfigurationError for an older version */
export async function openSqliteForReading({ path, host, retryMaxMs }: SqliteReading): Promise<SqliteDialect> {
  const location = resolve(path);
  if (!existsSync(location))
    throw new StoreUnavailable({ location, problem: 'unopenable', cause: new Error('no such file') });
  const startedAt = host.clock.now();
  for (;;) {
    try {
      const reader = openReader(location, () => host.clock.now());
      // One connection for both: what would write is refused by SQLite itself.
      return new SqliteDialect({ writer: reader, reader, location, host });
    } catch (error) {
      const waitedMs = host.clock.now() - startedAt;
      if (classifySqlite(error) !== 'busy' || waitedMs > retryMaxMs) throw storeError(error, location, waitedMs);
    }
    await pause(host.clock, 2 + host.random() * 20);
  }
}

function openReader(path: string, now: () => number): SqliteConnection {
  const { DatabaseSync } = sqliteModule();
  const reader = new SqliteConnection(new DatabaseSync(isFixed(path) ? fixed(path) : path, { readOnly: true }), now);
  try {
    reader.database.exec('PRAGMA busy_timeout = 0');
    assertOurs(reader, path);
    assertOfThisVersion(reader, path);
    return reader;
  } catch (error) {
    reader.close();
    throw error;
  }
}

/** Without a log, and with none that could be made beside it: SQLite would want to make one before it reads. */
function isFixed(path: string): boolean {
  if (existsSync(`${path}-wal`)) return false;
  try {
    accessSync(dirname(path), constants.W_OK);
    return false;
  } catch {
    return true;
  }
}

function fixed(path: string): URL {
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  return url;
}

function assertOfThisVersion(reader: SqliteConnection, path: string): void {
  if (pragma(reader, 'user_version') === migrations.length) return;
  if (pragma(reader, 'user_version') === 0) throw olderVersion(path);
  const applied = reader.all(selectApplied, []) as unknown as readonly AppliedMigration[];
  const status = schemaStatus(applied, sqliteSyntax);
  if (status.kind === 'newer') throw new NewerDatabase({ location: path, unknown: status.unknown });
  if (status.kind !== 'current') throw olderVersion(path);
}
