/** Several serving processes on one database: orphans are adopted, sleepers and signalled runs woken, the hopeless given up. */
import { join } from 'node:path';
import { withRuntime } from '@millrace/engine/internal';
import type { FlowRunRecord } from '@millrace/kernel';
import { openEngine } from '@millrace/local';
import { sendSignal } from 'millrace';
import { expect } from 'vitest';
import type { Place } from '../processes/place.ts';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const served = join(import.meta.dirname, 'programs/served.ts');
const serve = (place: Place, env: Readonly<Record<string, string>> = {}): Program =>
  new Program(place, served, {
    arguments: ['serve'],
    env: { LEASE_MS: '2000', MILLRACE_LOG_LEVEL: 'critical', ...env },
  });
const start = (place: Place, name: string, count: number): Program =>
  new Program(place, served, { arguments: ['start', name, String(count)], env: { LEASE_MS: '2000' } });

async function killedStarter(place: Place, name: string, count: number): Promise<void> {
  await using starter = start(place, name, count);
  await starter.printed('started');
  starter.kill('SIGKILL');
  await starter.ended;
}

async function flowRuns(place: Place): Promise<readonly FlowRunRecord[]> {
  return (await place.records()).flowRuns;
}

async function untilAll(place: Place, state: string): Promise<readonly FlowRunRecord[]> {
  const states = async (): Promise<readonly string[]> => [
    ...new Set((await flowRuns(place)).map((run) => run.state.name)),
  ];
  await expect.poll(states, { timeout: 30_000, interval: 100 }).toEqual([state]);
  return await flowRuns(place);
}

onEachStore('orphans are adopted by those who serve, and by others when one of those is killed', async (place) => {
  await killedStarter(place, 'many', 12);
  await using one = serve(place);
  await using two = serve(place);
  await using three = serve(place);
  const servers = [one, two, three];
  const atWork = (): Program | undefined => {
    const pids = new Set(place.effects.all().map(({ pid }) => pid));
    return servers.find((server) => pids.has(server.pid));
  };
  await expect.poll(atWork, { timeout: 20_000, interval: 5 }).toBeDefined();
  const victim = atWork();
  victim?.kill('SIGKILL');
  const runs = await untilAll(place, 'Completed');
  expect(runs).toHaveLength(12);
  const counts = place.effects.counts();
  expect(counts.size).toBe(120);
  // A step in flight at the first kill or the second may have run again, and nothing else.
  for (const run of runs) {
    const number = JSON.parse(run.parameters).run as number;
    const again = [...counts].filter(([what, count]) => what.startsWith(`many ${number} `) && count > 1);
    expect(again.length).toBeLessThanOrEqual(run.crashCount);
  }
  expect(await place.verify()).toEqual([]);
  for (const server of servers.filter((other) => other !== victim)) {
    server.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 143, stderr: '' });
  }
});

onEachStore('runs that sleep and runs that are signalled are woken, whoever began them', async (place) => {
  await killedStarter(place, 'sleeper', 3);
  await killedStarter(place, 'approval', 3);
  await using one = serve(place);
  await using two = serve(place);
  const approvals = (await flowRuns(place)).filter((run) => run.flowName === 'approval');
  const engine = openEngine({ settings: { databaseUrl: place.url } });
  for (const { id } of approvals) await withRuntime(engine, () => sendSignal(id, 'approved', { by: 'ann' }));
  await engine.close();
  await untilAll(place, 'Completed');
  const counts = place.effects.counts();
  expect(counts.size).toBe(9);
  for (const [what, count] of counts) {
    // The step before the wait may have been in flight when the starter was killed.
    expect({ what, count }).toEqual({ what, count: what.endsWith(' 1') && count === 2 ? 2 : 1 });
  }
  expect(await place.verify()).toEqual([]);
  expect([one.hasEnded, two.hasEnded]).toEqual([false, false]);
});

onEachStore('who is told to stop leaves what sleeps and what is under way to the next one', async (place) => {
  await killedStarter(place, 'approval', 2);
  await killedStarter(place, 'long', 2);
  await using stopped = serve(place, { SLOW_MS: '600000', MILLRACE_CANCEL_GRACE_MS: '200' });
  const isBusy = async (): Promise<boolean> => {
    const asleep = (await flowRuns(place)).filter((run) => run.state.name === 'Suspended');
    const begun = place.effects.all().filter(({ pid, what }) => pid === stopped.pid && what.startsWith('slow'));
    return asleep.length === 2 && begun.length === 2;
  };
  await expect.poll(isBusy, { timeout: 20_000, interval: 50 }).toBe(true);
  stopped.kill('SIGTERM');
  expect(await stopped.ended).toMatchObject({ code: 143, stderr: '' });
  const left = await flowRuns(place);
  expect(left.map(({ flowName, state }) => `${flowName} ${state.name}`).sort()).toEqual([
    'approval Suspended',
    'approval Suspended',
    'long Running',
    'long Running',
  ]);
  const steps = place.effects.counts().get('long 0 1');
  const crashes = new Map(left.map(({ id, crashCount }) => [id, crashCount]));
  await using next = serve(place);
  const done = async (): Promise<number> =>
    (await flowRuns(place)).filter((run) => run.state.name === 'Completed').length;
  await expect.poll(done, { timeout: 20_000, interval: 50 }).toBe(2);
  for (const { id, crashCount } of await flowRuns(place)) expect(crashCount).toBe(crashes.get(id));
  expect(place.effects.counts().get('long 0 1')).toBe(steps);
  expect(next.hasEnded).toBe(false);
  expect(await place.verify()).toEqual([]);
});

onEachStore('a flow that kills every process that runs it is given up after crashRetries', async (place) => {
  await using starter = start(place, 'hopeless', 1);
  expect((await starter.ended).signal).toBe('SIGKILL');
  for (let retry = 1; retry <= 2; retry += 1) {
    await using server = serve(place);
    expect((await server.ended).signal).toBe('SIGKILL');
  }
  await using last = serve(place);
  const [run] = await untilAll(place, 'Crashed');
  expect(run).toMatchObject({ crashCount: 3, state: { message: expect.stringContaining('crashRetries is 2') } });
  expect(place.effects.counts()).toEqual(
    new Map([
      ['deadly 0', 3],
      ['hook: hopeless is Crashed', 1],
    ]),
  );
  expect(last.hasEnded).toBe(false);
  expect(await place.verify()).toEqual([]);
  await using again = start(place, 'hopeless', 1);
  expect(await again.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('RunCrashed') });
});
