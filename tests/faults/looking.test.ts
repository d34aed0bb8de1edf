/** Looking changes nothing: whatever is looked at and by which command, the store is afterwards what it was, row for row. */
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import pg from 'pg';
import { expect, onTestFinished } from 'vitest';
import { CommandLine } from '../cli/command-line.ts';
import type { Sandbox } from '../processes/sandbox.ts';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const served = join(import.meta.dirname, 'programs/served.ts');

const tables = [
  'flow_run',
  'task_run',
  'session',
  'log',
  'slot',
  'cache_claim',
  'signal',
  'writer',
  'millrace_migration',
];

/** Every row of the tables, as text. */
async function rowsOf(sandbox: Sandbox): Promise<Readonly<Record<string, readonly string[]>>> {
  if (sandbox.dialect === 'sqlite') {
    const database = new DatabaseSync(sandbox.url, { readOnly: true });
    try {
      return Object.fromEntries(
        tables.map((table) => [table, database.prepare(`SELECT * FROM ${table} ORDER BY 1`).all().map(textOf)]),
      );
    } finally {
      database.close();
    }
  }
  const url = new URL(sandbox.url);
  const schema = url.searchParams.get('schema') ?? '';
  url.searchParams.delete('schema');
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    const rows: Record<string, readonly string[]> = {};
    for (const table of tables)
      rows[table] = (await client.query(`SELECT * FROM "${schema}".${table} ORDER BY 1`)).rows.map(textOf);
    return rows;
  } finally {
    await client.end();
  }
}

const textOf = (row: unknown): string => JSON.stringify(row);

async function killedStarter(sandbox: Sandbox): Promise<void> {
  await using starter = new Program(sandbox, served, {
    arguments: ['start', 'approval', '2'],
    env: { LEASE_MS: '2000' },
  });
  await starter.printed('started');
  starter.kill('SIGKILL');
  await starter.ended;
}

interface Shown {
  readonly id: string;
  readonly state: { readonly type: string };
  readonly orphaned: { readonly cause: string; readonly takers: readonly string[] } | null;
}

onEachStore('what a dead process left is seen for what it is, and every look leaves it so', async (sandbox) => {
  await killedStarter(sandbox);
  const shell = new CommandLine({ ...sandbox.environment, MILLRACE_ORPHAN_GRACE: '0s' });
  onTestFinished(() => shell.close());
  const before = await rowsOf(sandbox);
  const runs = await shell.json<readonly Shown[]>('flow-run', 'ls', '--all');
  for (const { state, orphaned } of runs.filter(({ state }) => state.type === 'RUNNING')) {
    expect(state.type).toBe('RUNNING');
    expect(orphaned).toMatchObject({ takers: ['key', 'resume'] });
  }
  const [{ id } = { id: '' }] = runs;
  for (const look of [
    ['flow-run', 'inspect', id],
    ['flow-run', 'tree', id],
    ['task-run', 'ls', '--json'],
    ['doctor'],
    ['db', 'verify'],
  ]) {
    const { stderr } = await shell.run(...look);
    expect(stderr).not.toContain('error');
  }
  expect(await rowsOf(sandbox)).toEqual(before);
});

onEachStore(
  'a sweep that is asked for ends it, and a process that serves its flow takes it up again',
  async (sandbox) => {
    await using starter = new Program(sandbox, served, {
      arguments: ['start', 'long', '1'],
      env: { LEASE_MS: '2000', SLOW_MS: '600000' },
    });
    await expect
      .poll(() => sandbox.effects.all().filter(({ what }) => what.startsWith('slow')).length, { timeout: 20_000 })
      .toBe(1);
    starter.kill('SIGKILL');
    await starter.ended;
    const shell = new CommandLine(sandbox.environment);
    onTestFinished(() => shell.close());
    expect((await shell.run('flow-run', 'sweep')).stdout).toContain('No run has been without a process');
    const [run] = (await sandbox.records()).flowRuns;
    expect(await shell.json('flow-run', 'sweep', '--older-than', '0s')).toMatchObject({ crashed: [run?.id] });
    expect((await sandbox.records()).flowRuns[0]?.state.type).toBe('CRASHED');
    await using _server = new Program(sandbox, served, { arguments: ['serve'], env: { LEASE_MS: '2000' } });
    await expect
      .poll(async () => (await sandbox.records()).flowRuns[0]?.state.type, { timeout: 30_000, interval: 100 })
      .toBe('COMPLETED');
    // Completed steps were not done again.
    expect(sandbox.effects.counts().get('long 0 1')).toBe(1);
  },
);
