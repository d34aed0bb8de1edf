/** Classifies an error of pg for the store: by SQLSTATE if the server sent it, by the system's code if not. */
import type { FaultKind } from '../../sql/dialect.ts';

const kinds: ReadonlyMap<string, FaultKind> = new Map([
  ['40001', 'conflict'], // serialization_failure
  ['40P01', 'conflict'], // deadlock_detected
  ['55P03', 'conflict'], // lock_not_available: NOWAIT, or lock_timeout
  ['53100', 'full'], // disk_full
  ['42501', 'refused'], // insufficient_privilege
  ['25006', 'readonly'], // read_only_sql_transaction: a standby, or a server set to read only
  ['3F000', 'gone'], // invalid_schema_name
  ['42P01', 'gone'], // undefined_table: all are made when the schema is
  ['57P01', 'connection'], // admin_shutdown, pg_terminate_backend
  ['57P02', 'connection'], // crash_shutdown
  ['57P03', 'connection'], // cannot_connect_now: starting up
  ['57P05', 'connection'], // idle_session_timeout
  ['25P03', 'connection'], // idle_in_transaction_session_timeout
  ['53300', 'connection'], // too_many_connections
]);

const systemCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'EAI_AGAIN',
  'ENOTFOUND',
]);

// pg's own errors on a connection that is gone carry no code.
const driverMessages =
  /^(?:Connection terminated|Client (?:has encountered|was closed)|timeout expired|timeout exceeded)/;

/** See Dialect.classify. */
export function classifyPostgres(error: unknown): FaultKind {
  if (!(error instanceof Error)) return 'statement';
  const code = sqlState(error);
  if (code === undefined) return driverMessages.test(error.message) ? 'connection' : 'statement';
  if (code.startsWith('08') || systemCodes.has(code)) return 'connection';
  return kinds.get(code) ?? 'statement';
}

const waysOut: ReadonlyMap<string, string> = new Map([
  ['28P01', 'Check the user name and the password in the URL.'],
  ['28000', 'Check the user name in the URL, and that the server lets it in from here (pg_hba.conf).'],
  ['3D000', 'Create the database, or name another one in the URL.'],
  ['53300', 'Raise max_connections or the limit of the role, end other processes, or put PgBouncer between.'],
  [
    '42501',
    'Grant the role of the URL the right: CREATE on the database, or USAGE on the schema and SELECT, INSERT, UPDATE and DELETE on its tables. Commands that only look need USAGE and SELECT.',
  ],
]);

/** The way out of an error of the server's; undefined = the server can't be reached, and no more is known. */
export function wayOutOf(error: unknown): string | undefined {
  const code = sqlState(error) ?? '';
  if (isTlsError(error))
    return 'Set sslmode in the URL to what the server takes, such as ?sslmode=disable or ?sslmode=verify-full.';
  return waysOut.get(code);
}

/** The server has no TLS, wants it, or shows a certificate that is not trusted. */
export function isTlsError(error: unknown): boolean {
  const message = error instanceof Error ? error.message : '';
  const code = sqlState(error) ?? '';
  return /does not support SSL|no encryption|SSL off/.test(message) || /^ERR_(?:TLS|SSL)|CERT|VERIFY_LEAF/.test(code);
}

/** The SQLSTATE, or the system's code; undefined = neither. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // A host with several addresses fails with one error for each.
  const [inner] = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [];
  const { code } = (inner instanceof Error ? inner : error) as Error & { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
