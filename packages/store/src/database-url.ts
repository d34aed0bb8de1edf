/** The parts of a database URL: which kind of database, and where. */
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '@millrace/kernel';

/** SQLite would say of a folder that it can't be opened, and of which right is missing. */
export function refuseFolder(path: string): void {
  if (path === ':memory:' || statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  const message = `${path} is a folder, and a database is a file: name a file in it, such as millrace.db.`;
  throw new ConfigurationError(message, { problem: 'address', path });
}

/** The path of a URL that is not PostgreSQL's, or `:memory:`. */
export function sqlitePath(url: string): string {
  if (url.startsWith('file:')) return fileURLToPath(url);
  return url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : url;
}
