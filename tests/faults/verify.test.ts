/**
 * `millrace db verify` on a user's database: sound after real runs, and for each invariant a corruption that is planted in the
 * file or the schema itself is found, by its name and the run's, with exit code 1. On both stores.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { withRuntime } from '@millrace/engine/internal';
import { openEngine } from '@millrace/local';
import { concurrency, concurrencyLimit, flow, task } from 'millrace';
import pg from 'pg';
import { expect } from 'vitest';
import type { Sandbox } from '../processes/sandbox.ts';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const bin = join(import.meta.dirname, '../../packages/millrace/bin/millrace.js');

interface Report {
  readonly findings: readonly { readonly invariant: string; readonly runId: string | null; readonly message: string }[];
}

/** The command's report on the sandbox's database. */
async function verify(sandbox: Sandbox): Promise<Report & { readonly code: number | null }> {
  await using program = new Program(sandbox, bin, { arguments: ['db', 'verify', '--json'] });
  const { stdout, code } = await program.ended;
  return { ...(JSON.parse(stdout) as Report), code };
}

/** The ids of a flow with a child flow, a task in each, all completed. */
interface Runs {
  readonly outer: string;
  readonly inner: string;
  readonly task: string;
}

async function run(sandbox: Sandbox): Promise<Runs> {
  const step = task('step', (n: number) => n + 1);
  const child = flow('inner', async () => await step(1));
  const parent = flow('outer', async () => await concurrency('db', async () => (await step(0)) + (await child())));
  const engine = openEngine({ settings: { databaseUrl: sandbox.url, logLevel: 20 }, engine: { print: () => {} } });
  await withRuntime(engine, async () => {
    await concurrencyLimit.set('db', { limit: 2 });
    await parent();
  });
  await engine.close();
  const { flowRuns, taskRuns } = await sandbox.records();
  const idOf = (name: string) => flowRuns.find(({ flowName }) => flowName === name)?.id ?? '';
  const outer = idOf('outer');
  const own = taskRuns.find(({ flowRunId, taskKey }) => flowRunId === outer && taskKey === 'step');
  return { outer, inner: idOf('inner'), task: own?.id ?? '' };
}

/** Statements past the store, with `$id` values in them. */
async function plant(sandbox: Sandbox, ...statements: readonly string[]): Promise<void> {
  if (sandbox.dialect === 'sqlite') {
    const database = new DatabaseSync(sandbox.url);
    for (const statement of statements) database.exec(statement);
    database.close();
    return;
  }
  const url = new URL(sandbox.url);
  const schema = url.searchParams.get('schema');
  url.searchParams.delete('schema');
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(`SET search_path TO ${schema}`);
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

onEachStore('a sound database: nothing is found, exit code 0', async (sandbox) => {
  await run(sandbox);
  expect(await verify(sandbox)).toMatchObject({ code: 0, findings: [] });
});

interface Corruption {
  readonly title: string;
  readonly invariant: string;
  readonly plant: (runs: Runs) => readonly string[];
  /** The run that is named; default the outer flow run. */
  readonly named?: keyof Runs | 'db';
}

const corruptions: readonly Corruption[] = [
  {
    title: 'I1: a run that nobody holds, that is never due and waits for nothing',
    invariant: 'I1',
    plant: ({ outer }) => [
      `UPDATE flow_run SET state_type = 'PENDING', state_name = 'Pending', history = NULL, end_at = NULL WHERE id = '${outer}'`,
    ],
  },
  {
    title: 'I1: a run that has ended and is held',
    invariant: 'I1',
    plant: ({ outer }) => [`UPDATE flow_run SET session_id = 'ghost' WHERE id = '${outer}'`],
  },
  {
    title: 'I2: a state that can not follow from the one before',
    invariant: 'I2',
    plant: ({ outer }) => [`UPDATE flow_run SET history = '[["CANCELLING",1],["RUNNING",2]]' WHERE id = '${outer}'`],
  },
  {
    title: 'I3: a token that no claim gave',
    invariant: 'I3',
    plant: ({ outer }) => [`UPDATE flow_run SET token = 0 WHERE id = '${outer}'`],
  },
  {
    title: 'I4: a run that ended and then failed',
    invariant: 'I4',
    plant: ({ outer }) => [
      `UPDATE flow_run SET state_type = 'FAILED', state_name = 'Failed', history = '[["PENDING",1],["RUNNING",2],["COMPLETED",3]]' WHERE id = '${outer}'`,
    ],
  },
  {
    title: 'I5: one call recorded twice',
    invariant: 'I5',
    plant: ({ outer }) => [
      `UPDATE task_run SET replay_key = 'same' WHERE flow_run_id = '${outer}'`,
      `INSERT INTO task_run (id, flow_run_id, kind, task_key, replay_key, name, state_type, state_name, state_at, state_ordinal, run_count, flow_run_count, created_at, start_at, end_at, run_time) VALUES ('twice', '${outer}', 'task', 'step', 'same', 'n', 'COMPLETED', 'Completed', 1, 0, 1, 1, 1, 1, 1, 0)`,
    ],
  },
  {
    title: 'I6: an end before the start',
    invariant: 'I6',
    plant: ({ task: id }) => [`UPDATE task_run SET end_at = start_at - 1 WHERE id = '${id}'`],
    named: 'task',
  },
  {
    title: 'I6: an end without a time',
    invariant: 'I6',
    plant: ({ outer }) => [`UPDATE flow_run SET end_at = NULL WHERE id = '${outer}'`],
  },
  {
    title: 'I8: more slots held than there are',
    invariant: 'I8',
    plant: () => [
      "INSERT INTO slot (lease_id, limit_name, occupy, holder_id, session_id, acquired_at, expires_at) VALUES ('l', 'db', 3, 'somebody', 's', 1, 8000000000000000)",
    ],
    named: 'db',
  },
  {
    title: 'I8: a slot that nobody will give back',
    invariant: 'I8',
    plant: ({ outer }) => [
      `INSERT INTO slot (lease_id, limit_name, occupy, holder_id, acquired_at) VALUES ('l', 'db', 1, '${outer}', 1)`,
    ],
  },
  {
    title: 'I8: a slot that is still held by a run that ended long ago',
    invariant: 'I8',
    plant: ({ outer }) => [
      `UPDATE flow_run SET state_at = 1 WHERE id = '${outer}'`,
      "INSERT INTO session (id, nonce, host, boot_id, pid, pid_started_at, opened_at, expires_at) VALUES ('s', 'n', 'h', 'b', 1, '', 1, 8000000000000000)",
      `INSERT INTO slot (lease_id, limit_name, occupy, holder_id, session_id, acquired_at) VALUES ('l', 'db', 1, '${outer}', 's', 1)`,
    ],
  },
  {
    title: 'I9: a child that runs below a run that has ended',
    invariant: 'I9',
    plant: ({ inner }) => [
      `UPDATE flow_run SET state_type = 'RUNNING', state_name = 'Running', history = NULL, end_at = NULL, wake_at = 1 WHERE id = '${inner}'`,
    ],
    named: 'inner',
  },
  {
    title: 'I9: an unfinished task run whose flow run is gone',
    invariant: 'I9',
    plant: ({ task: id }) => [
      `UPDATE task_run SET state_type = 'RUNNING', state_name = 'Running', history = NULL, end_at = NULL, flow_run_id = 'gone' WHERE id = '${id}'`,
    ],
    named: 'task',
  },
  {
    title: 'I9: an unfinished child whose parent is gone',
    invariant: 'I9',
    plant: ({ inner }) => [
      `UPDATE flow_run SET state_type = 'RUNNING', state_name = 'Running', history = NULL, end_at = NULL, wake_at = 1, parent_flow_run_id = 'gone' WHERE id = '${inner}'`,
    ],
    named: 'inner',
  },
  {
    title: 'I13: a row whose text is no JSON',
    invariant: 'I13',
    plant: ({ outer }) => [`UPDATE flow_run SET history = '[["PENDING"' WHERE id = '${outer}'`],
  },
  {
    title: 'I13: a state of no type',
    invariant: 'I13',
    plant: ({ task: id }) => [`UPDATE task_run SET state_type = 'BOGUS' WHERE id = '${id}'`],
    named: 'task',
  },
];

for (const { title, invariant, plant: statements, named = 'outer' } of corruptions) {
  onEachStore(title, async (sandbox) => {
    const runs = await run(sandbox);
    await plant(sandbox, ...statements(runs));
    const { code, findings } = await verify(sandbox);
    expect(code).toBe(1);
    expect(findings).toContainEqual(
      expect.objectContaining({ invariant, runId: named === 'db' ? 'db' : runs[named], message: expect.any(String) }),
    );
  });
}
