/** Several serving processes on one database: orphans are taken over, sleepers and signalled runs woken, hopeless runs abandoned. */
import { join } from 'node:path';
import { withRuntime } from '@millrace/engine/internal';
import type { FlowRunRecord } from '@millrace/kernel';
import { openEngine } from '@millrace/local';
import { sendSignal } from 'millrace';
import { expect } from 'vitest';
import type { Sandbox } from '../processes/sandbox.ts';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const served = join(import.meta.dirname, 'programs/served.ts');
const serve = (sandbox: Sandbox, env: Readonly<Record<string, string>> = {}): Program =>
  new Program(sandbox, served, {
    arguments: ['serve'],
    env: { LEASE_MS: '2000', MILLRACE_LOG_LEVEL: 'critical', ...env },
  });
const start = (sandbox: Sandbox, name: string, count: number): Program =>
  new Program(sandbox, served, { arguments: ['start', name, String(count)], env: { LEASE_MS: '2000' } });

async function killedStarter(sandbox: Sandbox, name: string, count: number): Promise<void> {
  await using starter = start(sandbox, name, count);
  await starter.printed('started');
  starter.kill('SIGKILL');
  await starter.ended;
}

async function flowRuns(sandbox: Sandbox): Promise<readonly FlowRunRecord[]> {
  return (await sandbox.records()).flowRuns;
}

async function untilAll(sandbox: Sandbox, state: string): Promise<readonly FlowRunRecord[]> {
  const states = async (): Promise<readonly string[]> => [
    ...new Set((await flowRuns(sandbox)).map((run) => run.state.name)),
  ];
  await expect.poll(states, { timeout: 30_000, interval: 100 }).toEqual([state]);
  return await flowRuns(sandbox);
}

onEachStore('orphans are adopted by those who serve, and by others when one of those is killed', async (sandbox) => {
  await killedStarter(sandbox, 'many', 12);
  await using one = serve(sandbox);
  await using two = serve(sandbox);
  await using three = serve(sandbox);
  const servers = [one, two, three];
  const atWork = (): Program | undefined => {
    const pids = new Set(sandbox.effects.all().map(({ pid }) => pid));
    return servers.find((server) => pids.has(server.pid));
  };
  await expect.poll(atWork, { timeout: 20_000, interval: 5 }).toBeDefined();
  const victim = atWork();
  victim?.kill('SIGKILL');
  const runs = await untilAll(sandbox, 'Completed');
  expect(runs).toHaveLength(12);
  const counts = sandbox.effects.counts();
  expect(counts.size).toBe(120);
  // A step in flight at the first kill or the second may have run again, and nothing else.
  for (const run of runs) {
    const number = JSON.parse(run.parameters).run as number;
    const again = [...counts].filter(([what, count]) => what.startsWith(`many ${number} `) && count > 1);
    expect(again.length).toBeLessThanOrEqual(run.crashCount);
  }
  expect(await sandbox.verify()).toEqual([]);
  for (const server of servers.filter((other) => other !== victim)) {
    server.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 143, stderr: '' });
  }
});

onEachStore('runs that sleep and runs that are signalled are woken, whoever began them', async (sandbox) => {
  await killedStarter(sandbox, 'sleeper', 3);
  await killedStarter(sandbox, 'approval', 3);
  await using one = serve(sandbox);
  await using two = serve(sandbox);
  const approvals = (await flowRuns(sandbox)).filter((run) => run.flowName === 'approval');
  const engine = openEngine({ settings: { databaseUrl: sandbox.url } });
  for (const { id } of approvals) await withRuntime(engine, () => sendSignal(id, 'approved', { by: 'ann' }));
  await engine.close();
  await untilAll(sandbox, 'Completed');
  const counts = sandbox.effects.counts();
  expect(counts.size).toBe(9);
  for (const [what, count] of counts) {
    // The step before the wait may have been in flight when the starter was killed.
    expect({ what, count }).toEqual({ what, count: what.endsWith(' 1') && count === 2 ? 2 : 1 });
  }
  expect(await sandbox.verify()).toEqual([]);
  expect([one.hasEnded, two.hasEnded]).toEqual([false, false]);
});

onEachStore('who is told to stop leaves what sleeps and what is under way to the next one', async (sandbox) => {
  await killedStarter(sandbox, 'approval', 2);
  await killedStarter(sandbox, 'long', 2);
  await using stopped = serve(sandbox, { SLOW_MS: '600000', MILLRACE_CANCEL_GRACE_MS: '200' });
  const isBusy = async (): Promise<boolean> => {
    const waiting = (await flowRuns(sandbox)).filter((run) => run.state.name === 'Suspended');
    const started = sandbox.effects.all().filter(({ pid, what }) => pid === stopped.pid && what.startsWith('slow'));
    return waiting.length === 2 && started.length === 2;
  };
  await expect.poll(isBusy, { timeout: 20_000, interval: 50 }).toBe(true);
  stopped.kill('SIGTERM');
  expect(await stopped.ended).toMatchObject({ code: 143, stderr: '' });
  const left = await flowRuns(sandbox);
  expect(left.map(({ flowName, state }) => `${flowName} ${state.name}`).sort()).toEqual([
    'approval Suspended',
    'approval Suspended',
    'long Running',
    'long Running',
  ]);
  const steps = sandbox.effects.counts().get('long 0 1');
  const crashes = new Map(left.map(({ id, crashCount }) => [id, crashCount]));
  await using next = serve(sandbox);
  const done = async (): Promise<number> =>
    (await flowRuns(sandbox)).filter((run) => run.state.name === 'Completed').length;
  await expect.poll(done, { timeout: 20_000, interval: 50 }).toBe(2);
  for (const { id, crashCount } of await flowRuns(sandbox)) expect(crashCount).toBe(crashes.get(id));
  expect(sandbox.effects.counts().get('long 0 1')).toBe(steps);
  expect(next.hasEnded).toBe(false);
  expect(await sandbox.verify()).toEqual([]);
});

onEachStore('a flow that kills every process that runs it is given up after crashRetries', async (sandbox) => {
  await using starter = start(sandbox, 'hopeless', 1);
  expect((await starter.ended).signal).toBe('SIGKILL');
  for (let retry = 1; retry <= 2; retry += 1) {
    await using server = serve(sandbox);
    expect((await server.ended).signal).toBe('SIGKILL');
  }
  await using last = serve(sandbox);
  const [run] = await untilAll(sandbox, 'Crashed');
  expect(run).toMatchObject({ crashCount: 3, state: { message: expect.stringContaining('crashRetries is 2') } });
  expect(sandbox.effects.counts()).toEqual(
    new Map([
      ['deadly 0', 3],
      ['hook: hopeless is Crashed', 1],
    ]),
  );
  expect(last.hasEnded).toBe(false);
  expect(await sandbox.verify()).toEqual([]);
  await using again = start(sandbox, 'hopeless', 1);
  expect(await again.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('RunCrashed') });
});
