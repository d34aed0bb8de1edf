/** Reads the status of a SQLite file (absent, behind this version, or ready) without writing to it. */
import type { DatabaseSync } from 'node:sqlite';
import { migrations } from '../../migrations/index.ts';
import type { StoreStatus } from '../../ports/store-status.ts';
import { applicationId } from './open.ts';
import { sqliteModule } from './sqlite-module.ts';

export function lookAtSqlite(path: string): StoreStatus {
  let database: DatabaseSync | undefined;
  try {
    database = new (sqliteModule().DatabaseSync)(path, { readOnly: true });
    const ask = (sql: string): unknown => Object.values(database?.prepare(sql).get() ?? {})[0];
    const id = ask('PRAGMA application_id');
    if (id === 0 && ask('SELECT COUNT(*) FROM sqlite_schema') === 0) return 'absent';
    return id === applicationId && Number(ask('PRAGMA user_version')) < migrations.length ? 'behind' : 'ready';
  } catch {
    // Opening it reports what is wrong.
    return 'ready';
  } finally {
    database?.close();
  }
}
