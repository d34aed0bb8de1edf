/**
 * Opens a PostgreSQL schema as ours: connects, refuses a foreign or newer schema before anything is written, and brings it
 * up to date. However many processes start at once, one at a time migrates (advisory lock); the others then find it done.
 */
import { ForeignDatabase, isMillraceError, NewerDatabase, StoreReadOnly, StoreUnavailable } from '@millrace/kernel';
import type pg from 'pg';
import { pause, type StoreHost } from '../../adapters/host.ts';
import {
  type AppliedMigration,
  checksum,
  insertApplied,
  recordTable,
  schemaStatus,
  selectApplied,
} from '../../migrations/index.ts';
import { olderVersion } from '../../ports/older-version.ts';
import type { StoreStatus } from '../../ports/store-status.ts';
import type { Migration } from '../../migrations/migration.ts';
import { classifyPostgres, isTlsError, sqlState, wayOutOf } from './classify.ts';
import { beginning, parseTarget, type PostgresTarget, reach } from './connect.ts';
import { PostgresDialect } from './dialect.ts';
import { Preparer, qualified } from './prepare.ts';
import { postgresSyntax } from './syntax.ts';

/** A server that does not answer at the start is more often a wrong URL than one that comes up: not waited for long. */
const connectMaxMs = 5_000;

export interface PostgresOpening {
  readonly url: string;
  readonly durability: 'synced' | 'process';
  readonly host: StoreHost;
  readonly retryMaxMs: number;
  readonly answerMaxMs: number;
}

/** @throws ForeignDatabase, NewerDatabase, StoreReadOnly, StoreUnavailable, ConfigurationError for a schema's bad name */
export async function openPostgres(opening: PostgresOpening): Promise<PostgresDialect> {
  const { host, retryMaxMs } = opening;
  const wanted = parseTarget(opening);
  const startedAt = host.clock.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      const target = await migrate(wanted);
      const dialect = new PostgresDialect({ target, host, retryMaxMs });
      await dialect.reconnect();
      await dialect.forgetOldMarks();
      return dialect;
    } catch (error) {
      const kind = classifyPostgres(error);
      const again = kind === 'conflict' || kind === 'connection';
      if (kind === 'readonly') throw new StoreReadOnly({ location: wanted.location, cause: error });
      if (!again && !isRefusal(error)) throw error;
      if (!again || host.clock.now() - startedAt > Math.min(connectMaxMs, retryMaxMs)) throw unusable(wanted, error);
    }
    await pause(host.clock, Math.min(1_000, 50 * 2 ** attempt));
  }
}

/**
 * As openPostgres, for a role that may only select: nothing is migrated, and no connection for writing is made.
 *
 * @throws ConfigurationError when the schema is of an older version; else as openPostgres
 */
export async function openPostgresForReading(opening: PostgresOpening): Promise<PostgresDialect> {
  const { host, retryMaxMs } = opening;
  let target = parseTarget(opening);
  let client: pg.Client | undefined;
  try {
    ({ client, target } = await reach(target, 'millrace look'));
    const applied = await readApplied(client, target);
    if (applied === undefined || missingOf(applied, target).length > 0) throw olderVersion(target.location);
  } catch (error) {
    if (isMillraceError(error) || (classifyPostgres(error) !== 'connection' && !isRefusal(error))) throw error;
    throw unusable(target, error);
  } finally {
    await client?.end().catch(() => undefined);
  }
  return new PostgresDialect({ target, host, retryMaxMs });
}

/** How the schema stands to this version. Nothing is written. */
export async function lookAtPostgres(url: string): Promise<StoreStatus> {
  const target = parseTarget({ url, durability: 'synced', answerMaxMs: connectMaxMs });
  let client: pg.Client | undefined;
  try {
    ({ client } = await reach(target, 'millrace look'));
    const applied = await readApplied(client, target);
    if (applied === undefined) return 'absent';
    return schemaStatus(applied, postgresSyntax).kind === 'behind' ? 'behind' : 'ready';
  } catch (error) {
    throw unusable(target, error);
  } finally {
    await client?.end().catch(() => undefined);
  }
}

/** Wrong password, no such database, a missing right, TLS that does not fit: no use in asking again. */
function isRefusal(error: unknown): boolean {
  const code = sqlState(error) ?? '';
  return code.startsWith('28') || code === '3D000' || classifyPostgres(error) === 'refused' || isTlsError(error);
}

function unusable({ location }: PostgresTarget, cause: unknown): StoreUnavailable {
  const wayOut = wayOutOf(cause);
  const problem = classifyPostgres(cause) === 'refused' ? 'refused' : 'unreachable';
  return new StoreUnavailable({ location, problem, cause, ...(wayOut === undefined ? {} : { wayOut }) });
}

/** Answers the target as it turned out to be. */
async function migrate(wanted: PostgresTarget): Promise<PostgresTarget> {
  const { client, target } = await reach(wanted, `millrace migration ${wanted.schema}`);
  try {
    const applied = await readApplied(client, target);
    if (applied !== undefined && missingOf(applied, target).length === 0) return target;
    // Another process may be at it, and large tables take their time: this is waited for.
    client.answerMaxMs = 0;
    while (await migrateStep(client, target));
    return target;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** One migration in one transaction that holds the lock: behind a pooler nothing else would hold it. False = it was none. */
async function migrateStep(client: pg.Client, target: PostgresTarget): Promise<boolean> {
  await client.query(`${beginning(target)}; SET LOCAL idle_in_transaction_session_timeout = 0`);
  try {
    // 'mr' and the schema: other users of advisory locks in this database are not in the way.
    await client.query('SELECT pg_advisory_xact_lock(28018, hashtext($1))', [target.schema]);
    await prepareSchema(client, target);
    const found = await readApplied(client, target);
    if (found === undefined)
      throw new ForeignDatabase({ location: target.location, found: 'its table millrace_migration is not readable' });
    const [next] = missingOf(found, target);
    if (next !== undefined) await apply(client, next, target);
    await client.query('COMMIT');
    return next !== undefined;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** undefined = there is no record of migrations. */
async function readApplied(
  client: pg.Client,
  { schema }: PostgresTarget,
): Promise<readonly AppliedMigration[] | undefined> {
  const found = await client.query('SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = $2', [
    schema,
    'millrace_migration',
  ]);
  if (found.rowCount === 0) return undefined;
  return (await client.query(qualified(selectApplied, schema))).rows as AppliedMigration[];
}

function missingOf(applied: readonly AppliedMigration[], target: PostgresTarget): readonly Migration[] {
  const status = schemaStatus(applied, postgresSyntax);
  if (status.kind === 'newer') throw new NewerDatabase({ location: target.location, unknown: status.unknown });
  if (status.kind === 'edited') {
    throw new ForeignDatabase({
      location: target.location,
      found: `its migration ${status.id} is not the one of this version`,
    });
  }
  return status.kind === 'behind' ? status.missing : [];
}

/** The schema and the record table; refuses a schema in which another program has tables. */
async function prepareSchema(client: pg.Client, { schema, location }: PostgresTarget): Promise<void> {
  const known = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (known.rowCount === 0) await client.query(`CREATE SCHEMA "${schema}"`);
  const tables = await client.query('SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1', [schema]);
  const names = tables.rows.map((row: { tablename: string }) => row.tablename);
  if (names.length > 0 && !names.includes('millrace_migration')) {
    throw new ForeignDatabase({ location, found: `it has the tables ${names.slice(0, 3).join(', ')}` });
  }
  await client.query(qualified(recordTable(postgresSyntax), schema));
}

async function apply(client: pg.Client, migration: Migration, target: PostgresTarget): Promise<void> {
  const { schema } = target;
  for (const statement of migration.statements(postgresSyntax)) await client.query(qualified(statement, schema));
  const now = Number((await client.query(`SELECT ${postgresSyntax.now} AS now`)).rows[0]?.now);
  const { text } = new Preparer(target).prepare(insertApplied);
  await client.query(text, [migration.id, checksum(migration, postgresSyntax), now]);
}
