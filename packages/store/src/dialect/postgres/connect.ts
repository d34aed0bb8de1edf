/**
 * Connects to PostgreSQL: reads the URL and applies the settings that every connection has. Only this file loads pg, because programs on
 * SQLite should not load it.
 */
import { ConfigurationError } from '@millrace/kernel';
import pg from 'pg';
import { AnsweringClient, type ClientConfig } from './answering-client.ts';

export interface PostgresTarget {
  readonly connectionString: string;
  readonly schema: string;
  readonly durability: 'synced' | 'process';
  /** How long a server may say nothing to a write before its connection is cut, in milliseconds. */
  readonly answerMaxMs: number;
  /** For people: without the password. */
  readonly location: string;
  /**
   * Whether a pooler such as PgBouncer is between, which takes no settings of a connection, and may give each transaction another
   * connection to the server: nothing that lasts longer than a transaction can be relied on.
   */
  readonly isPooled: boolean;
}

const schemaDefault = 'millrace';
/** Set by our own connections, and not there where a pooler has left it out. */
const proof = 'millrace.direct';
// Quoted everywhere, so that a reserved word will do; a name that needs escaping helps no user.
const schemaName = /^[a-z_][a-z0-9_]{0,62}$/;

/** Reads of large tables are slower to begin with their answer than writes, and delay no other client. */
const readFactor = 3;

/** The parts of a target, as `openStore` has it. */
export type TargetOptions = { readonly url: string } & Pick<PostgresTarget, 'durability' | 'answerMaxMs'>;

/** @throws ConfigurationError when the schema's name is not a plain lower-case one. */
export function parseTarget({ url, durability, answerMaxMs }: TargetOptions): PostgresTarget {
  const parsed = new URL(url);
  const schema = parsed.searchParams.get('schema') ?? schemaDefault;
  if (!schemaName.test(schema) || /^pg_|^information_schema$/.test(schema)) {
    throw new ConfigurationError(
      `The schema '${schema}' in the database URL can't be one of Millrace's: use lower-case letters, digits and _, and no name that begins with pg_.`,
      { problem: 'address', schema },
    );
  }
  parsed.searchParams.delete('schema');
  const connectionString = parsed.href;
  parsed.search = '';
  // An account's name helps to see what is wrong; its password helps others.
  parsed.password = '';
  return {
    connectionString,
    schema,
    durability,
    answerMaxMs,
    location: `${parsed.href}?schema=${schema}`,
    isPooled: false,
  };
}

const numericTypes = new Set([20, 21, 23, 700, 701, 1700]);

/** Numbers as numbers: everything stored is below 2^53. All else stays the text it is. */
const typeParsers = {
  getTypeParser: (oid: number) => (numericTypes.has(oid) ? Number : (text: string) => text),
};

/** The settings of all connections of a store. */
export function connectionConfig(target: PostgresTarget, applicationName: string): ClientConfig {
  const settings = {
    [proof]: '1',
    synchronous_commit: target.durability === 'synced' ? 'on' : 'off',
    default_transaction_isolation: 'read\\ committed',
    // A process that is stopped in the middle of a transaction must not hold up all others.
    idle_in_transaction_session_timeout: '30000',
    // Overrides settings that the role or the database has for its other users: a lock that is waited for is not a runaway statement.
    statement_timeout: '0',
    lock_timeout: '0',
    client_min_messages: 'warning',
  };
  const options = Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
  return {
    connectionString: target.connectionString,
    application_name: applicationName,
    connectionTimeoutMillis: Math.min(10_000, target.answerMaxMs),
    keepAlive: true,
    // Detects a connection that a NAT or a firewall dropped, also while no query is open.
    keepAliveInitialDelayMillis: 10_000,
    answerMaxMs: target.answerMaxMs,
    ...(target.isPooled ? {} : { options }),
    types: typeParsers as unknown as pg.CustomTypesConfig,
  };
}

/** A connected client that reports when its connection is gone: also before it is connected, when this rejects as well. */
export async function connect(
  config: ClientConfig,
  onLost: (client: AnsweringClient) => void,
): Promise<AnsweringClient> {
  const client = new AnsweringClient(config);
  client.on('error', () => onLost(client));
  client.on('end', () => onLost(client));
  try {
    await client.connect();
  } catch (error) {
    if (!(error instanceof Error) || !/timeout expired/.test(error.message)) throw error;
    throw Object.assign(error, { waitedMs: config.connectionTimeoutMillis });
  }
  return client;
}

/** Begins a transaction with the settings that a connection of our own has from its start. */
export function beginning({ isPooled, durability }: PostgresTarget): string {
  if (!isPooled) return 'BEGIN';
  const commit = durability === 'synced' ? 'on' : 'off';
  return (
    `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = ${commit}; SET LOCAL statement_timeout = 0; ` +
    'SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 30000'
  );
}

/** Connects, and returns whether a pooler is between: it refuses the settings of a connection, or leaves them out. */
export async function reach(
  target: PostgresTarget,
  applicationName: string,
): Promise<{ readonly client: AnsweringClient; readonly target: PostgresTarget }> {
  const open = async (to: PostgresTarget): Promise<AnsweringClient> =>
    await connect(connectionConfig(to, applicationName.slice(0, 63)), () => undefined);
  const pooled = { ...target, isPooled: true };
  if (target.isPooled) return { client: await open(target), target };
  let client: AnsweringClient;
  try {
    client = await open(target);
  } catch (error) {
    if (!refusesSettings(error)) throw error;
    return { client: await open(pooled), target: pooled };
  }
  try {
    const { rows } = await client.query(`SELECT current_setting('${proof}', true) AS proof`);
    return { client, target: rows[0]?.proof === '1' ? target : pooled };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** Messages of poolers about a startup parameter that they don't pass on. */
function refusesSettings(error: unknown): boolean {
  const { code, message = '' } = (error ?? {}) as { readonly code?: unknown; readonly message?: string };
  return (code === '08P01' || code === '0A000') && /startup (?:parameter|option)|command-line options/i.test(message);
}

/** Connections for reading: they come and go by themselves. */
export function createPool(config: ClientConfig): pg.Pool {
  const pool = new pg.Pool({
    ...config,
    ...{ answerMaxMs: config.answerMaxMs * readFactor },
    Client: AnsweringClient as unknown as typeof pg.Client,
    max: 4,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true,
  });
  // A connection lost while idle is replaced; one lost at work rejects its query.
  pool.on('error', () => undefined);
  return pool;
}
