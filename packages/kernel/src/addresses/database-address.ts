/**
 * Parses and checks the address of a database as users write it, and shows it without its password. The whole address is hidden if its
 * password is not percent-encoded, because the password can't be separated from the rest then.
 */
import { ConfigurationError } from '../errors/definition-errors.ts';

/** The platform's, which this package's own types do not have. */
interface Address {
  readonly username: string;
  password: string;
  readonly pathname: string;
  readonly href: string;
  readonly searchParams: { keys(): Iterable<string>; set(name: string, value: string): void };
}
interface UrlReader {
  new (url: string): Address;
  canParse(url: string): boolean;
}
const { URL } = globalThis as unknown as { readonly URL: UrlReader };

/** Parameters that say nothing secret. */
const shownParameters: ReadonlySet<string> = new Set(['schema', 'sslmode', 'host', 'port', 'connect_timeout']);

/** Whether the address is of a PostgreSQL server. */
export function isPostgresAddress(url: string): boolean {
  return /^postgres(?:ql)?:/.test(url);
}

/**
 * Refuses what can't be a database's address, naming the way out and nothing of what it holds.
 *
 * @param url as `MILLRACE_DATABASE_URL` has it
 * @throws ConfigurationError
 * @example
 * checkDatabaseAddress('mysql://host/db'); // throws: A database can't be at 'mysql:...'
 */
export function checkDatabaseAddress(url: string): void {
  const problem = isPostgresAddress(url) ? postgresProblem(url) : pathProblem(url);
  if (problem === undefined) return;
  const wayOut = 'give the path of a SQLite file, or postgres://USER:SECRET@HOST/NAME for PostgreSQL';
  throw new ConfigurationError(`MILLRACE_DATABASE_URL: ${problem}: ${wayOut}.`, { problem: 'address' });
}

/** For people: without the password, and without what may be a part of one. */
export function shownAddress(url: string): string {
  if (!isPostgresAddress(url)) return /^[a-z][a-z0-9+.-]+:\/\/[^/]*@/i.test(url) ? `${url.split('://')[0]}://…` : url;
  if (postgresProblem(url) !== undefined) return 'postgres://…';
  const parsed = new URL(url);
  if (parsed.password !== '') parsed.password = '***';
  for (const name of [...parsed.searchParams.keys()]) {
    if (!shownParameters.has(name)) parsed.searchParams.set(name, '***');
  }
  return parsed.href;
}

function postgresProblem(url: string): string | undefined {
  const encoding = "a user name or password with one of @ : / ? # % must be percent-encoded, as '@' is %40";
  if (!/^[a-z]+:\/\//i.test(url)) return `a PostgreSQL address begins with postgres://`;
  const rest = url.slice(url.indexOf('//') + 2);
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? '';
  const after = rest.slice(authority.length);
  const query = after.includes('?') ? after.slice(after.indexOf('?') + 1) : '';
  const path = after.split('?')[0] ?? '';
  const isAmbiguous =
    url.includes('#') ||
    path.includes('@') ||
    authority.split('@').length > 2 ||
    query.split('&').some((part) => part.includes('@') && (!part.includes('=') || !authority.includes('@')));
  if (isAmbiguous || !URL.canParse(url)) return encoding;
  const { username, password, pathname } = new URL(url);
  return [username, password, pathname].every(isEncoded) ? undefined : encoding;
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function pathProblem(url: string): string | undefined {
  if (url === ':memory:') return undefined;
  const [, scheme] = /^([a-z][a-z0-9+.-]+):/i.exec(url) ?? [];
  if (scheme === 'file' || scheme === 'sqlite') {
    if (scheme === 'file' && !URL.canParse(url)) return 'its file: URL can not be read';
    return scheme === 'sqlite' && url.startsWith('sqlite://') && /@/.test(url)
      ? 'a SQLite file has no user'
      : undefined;
  }
  if (scheme !== undefined) return `a database can't be at '${scheme}:…'`;
  if ([...url].some((character) => character < ' ')) return 'it has a control character';
  if (/^postgres(?:ql)?\b.*@|^[^/]*:[^/]*@|^\w+=\S+(?:\s+\w+=\S*)+$/i.test(url))
    return 'it is neither a path nor a URL';
  return /^[^/.\\]*\s[^/.\\]*$/.test(url) ? 'it is neither a path nor a URL' : undefined;
}
