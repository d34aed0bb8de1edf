/**
 * F3 and F6: a body in a process of its own. Killed by itself, its task says of what it died and is retried; left behind by
 * its parent's kill, it ends, and whoever takes the run up is the only one who writes.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Place } from '../processes/place.ts';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const isolated = join(import.meta.dirname, 'programs/isolated.ts');
const start = (place: Place, stepMs: number): Program =>
  new Program(place, isolated, { env: { RUN_MAIN: '1', STEP_MS: String(stepMs), LEASE_MS: '2000' } });

/** The process that the long step is under way in. */
async function workerOf(place: Place): Promise<number> {
  const pid = () => place.effects.all().find(({ moment, what }) => what === 'long' && moment === 'begin')?.pid;
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
  async (place) => {
    await using parent = start(place, 1_500);
    const worker = await workerOf(place);
    process.kill(worker, 'SIGKILL');
    expect(await parent.ended).toMatchObject({ code: 0, stderr: '', stdout: 'result 3\n' });
    const { taskRuns, flowRuns } = await place.records();
    const long = taskRuns.find(({ taskKey }) => taskKey === 'long');
    expect(long?.history.map(({ name }) => name)).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Retrying']);
    expect(JSON.stringify(long?.history)).toContain('SIGKILL');
    expect(long?.runCount).toBe(2);
    expect(flowRuns).toMatchObject([{ crashCount: 0, state: { name: 'Completed' } }]);
    expect(Object.fromEntries(place.effects.counts())).toEqual({ short: 1, long: 2 });
    expect(await place.verify()).toEqual([]);
  },
);

test('the child of a killed parent says nothing, whoever read their output is gone with it', async () => {
  await using place = new Place('sqlite', '');
  const talking = join(import.meta.dirname, 'programs/talking.ts');
  await using parent = new Program(place, talking, { env: { RUN_MAIN: '1', LEASE_MS: '2000' } });
  await parent.printed('talk 3');
  parent.kill('SIGKILL');
  parent.closeOutput();
  expect((await parent.ended).stderr).toBe('');
});

onEachStore('kill -9 of the parent: the child ends too, and the run has one owner', async (place) => {
  await using parent = start(place, 30_000);
  const worker = await workerOf(place);
  parent.kill('SIGKILL');
  await expect.poll(() => isAlive(worker), { timeout: 5_000, interval: 20 }).toBe(false);
  await using again = start(place, 0);
  expect(await again.ended).toMatchObject({ code: 0, stderr: '', stdout: 'result 3\n' });
  expect(Object.fromEntries(place.effects.counts())).toEqual({ short: 1, long: 2 });
  expect((await place.records()).flowRuns).toMatchObject([{ crashCount: 1, state: { name: 'Completed' } }]);
  expect(await place.verify()).toEqual([]);
});
