/**
 * F3 and F6: a body in a process of its own. Killed by itself, its task says of what it died and is retried; left behind by
 * its parent's kill, it ends, and the process that takes the run up is the only one who writes.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Sandbox } from '../processes/sandbox.ts';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const isolated = join(import.meta.dirname, 'programs/isolated.ts');
const start = (sandbox: Sandbox, stepMs: number): Program =>
  new Program(sandbox, isolated, { env: { RUN_MAIN: '1', STEP_MS: String(stepMs), LEASE_MS: '2000' } });

/** The process that the long step is under way in. */
async function workerOf(sandbox: Sandbox): Promise<number> {
  const pid = () => sandbox.effects.all().find(({ moment, what }) => what === 'long' && moment === 'begin')?.pid;
  await expect.poll(pid, { timeout: 20_000, interval: 20 }).toBeDefined();
  return pid() ?? 0;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

onEachStore(
  'kill -9 of the child alone: its task crashed, by its cause, and the same parent retries it',
  async (sandbox) => {
    await using parent = start(sandbox, 1_500);
    const worker = await workerOf(sandbox);
    process.kill(worker, 'SIGKILL');
    expect(await parent.ended).toMatchObject({ code: 0, stderr: '', stdout: 'result 3\n' });
    const { taskRuns, flowRuns } = await sandbox.records();
    const long = taskRuns.find(({ taskKey }) => taskKey === 'long');
    expect(long?.history.map(({ name }) => name)).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Retrying']);
    expect(JSON.stringify(long?.history)).toContain('SIGKILL');
    expect(long?.runCount).toBe(2);
    expect(flowRuns).toMatchObject([{ crashCount: 0, state: { name: 'Completed' } }]);
    expect(Object.fromEntries(sandbox.effects.counts())).toEqual({ short: 1, long: 2 });
    expect(await sandbox.verify()).toEqual([]);
  },
);

test('the child of a killed parent says nothing, whoever read their output is gone with it', async () => {
  await using sandbox = new Sandbox('sqlite', '');
  const talking = join(import.meta.dirname, 'programs/talking.ts');
  await using parent = new Program(sandbox, talking, { env: { RUN_MAIN: '1', LEASE_MS: '2000' } });
  await parent.printed('talk 3');
  parent.kill('SIGKILL');
  parent.closeOutput();
  expect((await parent.ended).stderr).toBe('');
});

onEachStore('kill -9 of the parent: the child ends too, and the run has one owner', async (sandbox) => {
  await using parent = start(sandbox, 30_000);
  const worker = await workerOf(sandbox);
  parent.kill('SIGKILL');
  await expect.poll(() => isAlive(worker), { timeout: 5_000, interval: 20 }).toBe(false);
  await using again = start(sandbox, 0);
  expect(await again.ended).toMatchObject({ code: 0, stderr: '', stdout: 'result 3\n' });
  expect(Object.fromEntries(sandbox.effects.counts())).toEqual({ short: 1, long: 2 });
  expect((await sandbox.records()).flowRuns).toMatchObject([{ crashCount: 1, state: { name: 'Completed' } }]);
  expect(await sandbox.verify()).toEqual([]);
});
