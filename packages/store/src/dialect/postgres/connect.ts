/**
 * Connections to PostgreSQL: how the URL is read, and the settings every one of them has. pg is loaded here only, so that
 * who uses SQLite never loads it.
 */
import pg from 'pg';
import { AnsweringClient, type ClientConfig } from './answering-client.ts';

export interface PostgresTarget {
  readonly connectionString: string;
  readonly schema: string;
  readonly durability: 'synced' | 'process';
  /** How long a server may say nothing to a write before its connection is given up, in milliseconds. */
  readonly answerMaxMs: number;
  /** For people: without the password. */
  readonly location: string;
}

const schemaDefault = 'millrace';
// Within a quoted -c option only these need no escaping; and a schema of another name helps nobody.
const schemaName = /^[a-z_][a-z0-9_]{0,62}$/;

/** Reads of large tables are slower to begin with their answer than writes, and hold up nobody. */
const readFactor = 3;

/** What a target is made of, as `openStore` has it. */
export type TargetOptions = { readonly url: string } & Pick<PostgresTarget, 'durability' | 'answerMaxMs'>;

/** @throws RangeError when the schema's name is not a plain lower-case one. */
export function parseTarget({ url, durability, answerMaxMs }: TargetOptions): PostgresTarget {
  const parsed = new URL(url);
  const schema = parsed.searchParams.get('schema') ?? schemaDefault;
  if (!schemaName.test(schema)) {
    throw new RangeError(`schema "${schema}" in the database URL: use lower-case letters, digits and _`);
  }
  parsed.searchParams.delete('schema');
  const connectionString = parsed.href;
  parsed.search = '';
  // An account's name helps to see what is wrong; its password helps others.
  parsed.password = '';
  return { connectionString, schema, durability, answerMaxMs, location: `${parsed.href}?schema=${schema}` };
}

const numericTypes = new Set([20, 21, 23, 700, 701, 1700]);

/** Numbers as numbers: everything stored is below 2^53. All else stays the text it is. */
const typeParsers = {
  getTypeParser: (oid: number) => (numericTypes.has(oid) ? Number : (text: string) => text),
};

/** What all connections of a store are opened with. */
export function connectionConfig(target: PostgresTarget, applicationName: string): ClientConfig {
  const settings = {
    search_path: target.schema,
    synchronous_commit: target.durability === 'synced' ? 'on' : 'off',
    default_transaction_isolation: 'read\\ committed',
    // A process that is stopped in the middle of a transaction must not hold up all others.
    idle_in_transaction_session_timeout: '30000',
    client_min_messages: 'warning',
  };
  return {
    connectionString: target.connectionString,
    application_name: applicationName,
    connectionTimeoutMillis: Math.min(10_000, target.answerMaxMs),
    keepAlive: true,
    // What a NAT or a firewall forgot is noticed while nobody asks anything, too.
    keepAliveInitialDelayMillis: 10_000,
    answerMaxMs: target.answerMaxMs,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    types: typeParsers as unknown as pg.CustomTypesConfig,
  };
}

/** A connected client that tells when its connection is gone: also before it is connected, when this rejects as well. */
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
