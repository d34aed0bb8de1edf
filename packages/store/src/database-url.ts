/** What a URL says: which kind of database, and where. */
import { fileURLToPath } from 'node:url';

export function isPostgres(url: string): boolean {
  return /^postgres(?:ql)?:/.test(url);
}

/** The path of a URL that is not PostgreSQL's, or `:memory:`. */
export function sqlitePath(url: string): string {
  if (url.startsWith('file:')) return fileURLToPath(url);
  return url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : url;
}
