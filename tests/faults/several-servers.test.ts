/**
 * Orphans that sleep and share a limit, taken up by several serving processes at once: all end, and on PostgreSQL no
 * transaction is ended by the server for a deadlock.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { dialects, Sandbox } from '../processes/sandbox.ts';
import { Program } from '../processes/program.ts';
import { faultTimeoutMs } from './on-each-store.ts';

const limited = join(import.meta.dirname, 'programs/limited.ts');
const runCount = 15;

test.for(dialects)(
  'three serving processes share the orphans of a fourth (%s)',
  { timeout: faultTimeoutMs },
  async (dialect, { skip }) => {
    const postgresUrl = inject('postgresUrl');
    if (dialect === 'postgres' && postgresUrl === '') skip('no PostgreSQL server answers');
    await using database = await ownDatabase(dialect === 'postgres' ? postgresUrl : '');
    await using sandbox = new Sandbox(dialect, database.url);
    const env = { MILLRACE_LOG_LEVEL: 'critical' };
    const serving = (): Program => new Program(sandbox, limited, { arguments: ['serve'], env });
    await using one = serving();
    await using two = serving();
    await using three = serving();
    await using starter = new Program(sandbox, limited, { arguments: ['start', String(runCount)], env });
    await starter.printed('started');
    starter.kill('SIGKILL');
    const states = async (): Promise<readonly string[]> =>
      (await sandbox.records()).flowRuns.map((run) => run.state.name);
    const completed = Array.from({ length: runCount }, () => 'Completed');
    await expect.poll(states, { timeout: 45_000, interval: 200 }).toEqual(completed);
    expect(await database.deadlocks()).toBe(0);
    expect(await sandbox.verify()).toEqual([]);
    for (const server of [one, two, three]) server.kill('SIGKILL');
  },
);

interface OwnDatabase extends AsyncDisposable {
  readonly url: string;
  deadlocks(): Promise<number>;
}

/** The server counts deadlocks by database. */
async function ownDatabase(serverUrl: string): Promise<OwnDatabase> {
  const nothing = { url: '', deadlocks: async () => 0, [Symbol.asyncDispose]: async () => undefined };
  if (serverUrl === '') return nothing;
  const name = `millrace_servers_${randomBytes(4).toString('hex')}`;
  const asking = async (sql: string): Promise<readonly { readonly deadlocks?: string }[]> => {
    const client = new pg.Client({ connectionString: serverUrl });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  await asking(`CREATE DATABASE ${name}`);
  return {
    url: Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href,
    deadlocks: async () =>
      Number((await asking(`SELECT deadlocks FROM pg_stat_database WHERE datname = '${name}'`))[0]?.deadlocks),
    [Symbol.asyncDispose]: async () => void (await asking(`DROP DATABASE ${name} WITH (FORCE)`)),
  };
}
