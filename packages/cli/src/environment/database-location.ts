/** The kind and the path of a database, read from its URL without opening it. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isPostgresAddress } from '@millrace/kernel';

export function databaseKind(url: string): 'sqlite' | 'postgres' {
  return isPostgresAddress(url) ? 'postgres' : 'sqlite';
}

/** The path of a SQLite file; null for a server and for a database in memory. */
export function databasePath(url: string): string | null {
  if (databaseKind(url) === 'postgres' || url.includes(':memory:')) return null;
  if (url.startsWith('file:')) return fileURLToPath(url);
  return resolve(url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : url);
}
