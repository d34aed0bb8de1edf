/**
 * Connections to PostgreSQL: how the URL is read, and the settings every one of them has. pg is loaded here only, so that
 * who uses SQLite never loads it.
 */
import pg from 'pg';

export interface PostgresTarget {
  readonly connectionString: string;
  readonly schema: string;
  readonly durability: 'synced' | 'process';
  /** For people: without the password. */
  readonly location: string;
}

const schemaDefault = 'millrace';
// Within a quoted -c option only these need no escaping; and a schema of another name helps nobody.
const schemaName = /^[a-z_][a-z0-9_]{0,62}$/;

/** @throws RangeError when the schema's name is not a plain lower-case one. */
export function parseTarget(url: string, durability: 'synced' | 'process'): PostgresTarget {
  const parsed = new URL(url);
  const schema = parsed.searchParams.get('schema') ?? schemaDefault;
  if (!schemaName.test(schema)) {
    throw new RangeError(`schema "${schema}" in the database URL: use lower-case letters, digits and _`);
  }
  parsed.searchParams.delete('schema');
  const connectionString = parsed.href;
  parsed.password = '';
  parsed.search = '';
  return { connectionString, schema, durability, location: `${parsed.href}?schema=${schema}` };
}

const numericTypes = new Set([20, 21, 23, 700, 701, 1700]);

/** Numbers as numbers: everything stored is below 2^53. All else stays the text it is. */
const typeParsers = {
  getTypeParser: (oid: number) => (numericTypes.has(oid) ? Number : (text: string) => text),
};

/** What all connections of a store are opened with. */
export function connectionConfig(target: PostgresTarget, applicationName: string): pg.ClientConfig {
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
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    types: typeParsers as unknown as pg.CustomTypesConfig,
  };
}

/** What pg's types leave out: whether the open connection keeps the process alive. */
export type Connection = pg.Client & { ref(): void; unref(): void };

/** A connected client that tells when its connection is gone: also before it is connected, when this rejects as well. */
export async function connect(config: pg.ClientConfig, onLost: (client: Connection) => void): Promise<Connection> {
  const client = new pg.Client(config) as Connection;
  client.on('error', () => onLost(client));
  client.on('end', () => onLost(client));
  await client.connect();
  return client;
}

/** Connections for reading: they come and go by themselves. */
export function createPool(config: pg.ClientConfig): pg.Pool {
  const pool = new pg.Pool({ ...config, max: 4, idleTimeoutMillis: 30_000, allowExitOnIdle: true });
  // A connection lost while idle is replaced; one lost at work rejects its query.
  pool.on('error', () => undefined);
  return pool;
}
