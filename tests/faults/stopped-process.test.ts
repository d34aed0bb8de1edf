/** F7 and its kin: a process that is asked to stop, or exits in the middle, records what it leaves, and it can be gone on with. */
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Place } from '../processes/place.ts';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const steps = join(import.meta.dirname, 'programs/steps.ts');
const slow = { COUNT: '20', STEP_MS: '25' };

async function resumed(place: Place): Promise<void> {
  const [run] = (await place.records()).flowRuns;
  await using again = new Program(place, steps, { env: slow, arguments: ['resume', run?.id ?? ''] });
  expect(await again.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('result 190') });
  const { flowRuns, taskRuns } = await place.records();
  expect(flowRuns.map(({ state }) => state.name)).toEqual(['Completed']);
  expect(taskRuns.map(({ state }) => state.name)).toEqual(Array(20).fill('Completed'));
  const counts = place.effects.counts();
  for (let n = 0; n <= 4; n += 1) expect(counts.get(`work(${n})`)).toBe(1);
  expect(await place.verify()).toEqual([]);
}

describe.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('%s in the middle', (signal, code) => {
  onEachStore('cancels the run, records all of it, and exits with its code; the run is resumable', async (place) => {
    await using stopped = new Program(place, steps, { env: slow });
    await stopped.printed('done 4.');
    stopped.kill(signal);
    const ended = await stopped.ended;
    expect(ended).toMatchObject({ code, stderr: '' });
    const { flowRuns, taskRuns } = await place.records();
    expect(flowRuns).toMatchObject([{ state: { name: 'Cancelled', message: expect.stringContaining(signal) } }]);
    expect(taskRuns.filter(({ state }) => !['Completed', 'Cancelled'].includes(state.name))).toEqual([]);
    expect(await place.verify()).toEqual([]);
    await resumed(place);
  });
});

describe.each([
  ['SIGTERM', 143, 'parked'],
  ['SIGINT', 130, 'parked'],
  ['SIGTERM', 143, 'in memory'],
] as const)('%s while the run sleeps (%i, %s)', (signal, code, where) => {
  onEachStore('cancels the run, records it, and exits with its code', async (place) => {
    const env = { ...slow, SLEEP_AT: '2', RESIDENT_MAX: where === 'parked' ? '0' : '1' };
    await using stopped = new Program(place, steps, { env });
    await stopped.printed('done 2.');
    const isAsleep = async (): Promise<boolean> => {
      const { flowRuns, taskRuns } = await place.records();
      if (where === 'parked') return flowRuns[0]?.state.name === 'Suspended';
      return taskRuns.some(({ kind, state }) => kind === 'sleep' && state.name === 'Running');
    };
    await expect.poll(isAsleep, { timeout: 20_000, interval: 50 }).toBe(true);
    stopped.kill(signal);
    expect(await stopped.ended).toMatchObject({ code, stderr: '' });
    const { flowRuns } = await place.records();
    expect(flowRuns).toMatchObject([{ state: { name: 'Cancelled', message: expect.stringContaining(signal) } }]);
    expect(await place.verify()).toEqual([]);
  });
});

describe('a script that has nothing more to do', () => {
  onEachStore('leaves no session behind', async (place) => {
    await using script = new Program(place, steps, { env: { COUNT: '2', STEP_MS: '1' } });
    expect(await script.ended).toMatchObject({ code: 0, stderr: '' });
    expect(await place.reading((store) => store.read(({ sessions }) => sessions.live()))).toEqual([]);
  });
});

describe('process.exit() in the middle', () => {
  onEachStore('loses nothing that was seen; started again, the run goes on', async (place) => {
    await using exited = new Program(place, steps, { env: { ...slow, EXIT_AT: '4' } });
    expect(await exited.ended).toMatchObject({ code: 3, stderr: '' });
    const { flowRuns, taskRuns } = await place.remains();
    expect(flowRuns.map(({ state }) => state.name)).toEqual(['Running']);
    expect(taskRuns.map(({ state }) => state.name)).toEqual(Array(5).fill('Completed'));
    await using again = new Program(place, steps, { env: slow });
    expect(await again.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('result 190') });
    expect([...place.effects.counts().values()]).toEqual(Array(20).fill(1));
  });
});
