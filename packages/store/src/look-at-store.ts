/** Reads the status of the database at a URL without opening it, because opening creates a database or migrates it. */
import { existsSync } from 'node:fs';
import { checkDatabaseAddress, isPostgresAddress } from '@millrace/kernel';
import { refuseFolder, sqlitePath } from './database-url.ts';
import type { StoreStatus } from './ports/store-status.ts';

/**
 * Looks, and changes nothing.
 *
 * @param url as `openStore` takes it
 * @throws what connecting to a server throws
 * @example
 * if ((await lookAtStore(url)) === 'ready') await openStore({ url });
 */
export async function lookAtStore(url: string): Promise<StoreStatus> {
  checkDatabaseAddress(url);
  if (isPostgresAddress(url)) return await (await import('./dialect/postgres/open.ts')).lookAtPostgres(url);
  const path = sqlitePath(url);
  if (path === ':memory:') return 'ready';
  refuseFolder(path);
  return existsSync(path) ? (await import('./dialect/sqlite/look.ts')).lookAtSqlite(path) : 'absent';
}
