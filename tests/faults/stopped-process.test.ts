/** F7 and its kin: a process that gets SIGTERM, or exits in the middle, records what it leaves, and the next one goes on with it. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Sandbox } from '../processes/sandbox.ts';
import { Program } from '../processes/program.ts';
import { faultTimeoutMs, onEachStore } from './on-each-store.ts';

const steps = join(import.meta.dirname, 'programs/steps.ts');
const slow = { COUNT: '20', STEP_MS: '25' };

async function resumed(sandbox: Sandbox): Promise<void> {
  const [run] = (await sandbox.records()).flowRuns;
  await using again = new Program(sandbox, steps, { env: slow, arguments: ['resume', run?.id ?? ''] });
  expect(await again.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('result 190') });
  const { flowRuns, taskRuns } = await sandbox.records();
  expect(flowRuns.map(({ state }) => state.name)).toEqual(['Completed']);
  expect(taskRuns.map(({ state }) => state.name)).toEqual(Array(20).fill('Completed'));
  const counts = sandbox.effects.counts();
  for (let n = 0; n <= 4; n += 1) expect(counts.get(`work(${n})`)).toBe(1);
  expect(await sandbox.verify()).toEqual([]);
}

const restOf = { code: 0, stdout: expect.stringContaining('result 190') };

/** Steps that were seen to be done were not done again, and the others once; a step that was cut short at the end of the grace may be begun twice. */
async function expectAllOnce(sandbox: Sandbox): Promise<void> {
  const { flowRuns, taskRuns } = await sandbox.records();
  expect(flowRuns).toMatchObject([{ crashCount: 0, runCount: 1, state: { name: 'Completed' } }]);
  expect(taskRuns.map(({ state }) => state.name)).toEqual(Array(20).fill('Completed'));
  expect([...sandbox.effects.counts().values()]).toEqual(Array(20).fill(1));
  expect(await sandbox.verify()).toEqual([]);
}

describe('SIGINT in the middle', () => {
  onEachStore('cancels the run, records all of it, and exits with its code; the run is resumable', async (sandbox) => {
    await using stopped = new Program(sandbox, steps, { env: slow });
    await stopped.printed('done 4.');
    stopped.kill('SIGINT');
    expect(await stopped.ended).toMatchObject({ code: 130, stderr: '' });
    const { flowRuns, taskRuns } = await sandbox.records();
    expect(flowRuns).toMatchObject([{ state: { name: 'Cancelled', message: expect.stringContaining('SIGINT') } }]);
    expect(taskRuns.filter(({ state }) => !['Completed', 'Cancelled'].includes(state.name))).toEqual([]);
    expect(await sandbox.verify()).toEqual([]);
    await resumed(sandbox);
  });
});

type HandsOver = 'SIGTERM' | 'SIGHUP';

describe('SIGTERM in the middle', () => {
  async function handedOver(
    sandbox: Sandbox,
    signal: HandsOver,
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    await using stopped = new Program(sandbox, steps, { env: { ...slow, ...env } });
    await stopped.printed('done 4.');
    stopped.kill(signal);
    const ended = await stopped.ended;
    expect(ended).toMatchObject({ code: signal === 'SIGTERM' ? 143 : 129 });
    expect(ended.stdout).not.toContain('failed');
    const { flowRuns, taskRuns } = await sandbox.records();
    expect(flowRuns).toMatchObject([{ sessionId: null, crashCount: 0 }]);
    // The step that was under way had the grace to end.
    expect(taskRuns.filter(({ state }) => state.name !== 'Completed')).toEqual([]);
    expect(await sandbox.verify()).toEqual([]);
    return ended.stderr;
  }

  const hangUp = 'or a terminal that hangs up, hands the run over: the same key goes on with it at once';
  onEachStore(hangUp, async (sandbox) => {
    expect(await handedOver(sandbox, sandbox.dialect === 'sqlite' ? 'SIGHUP' : 'SIGTERM')).toMatch(
      /^millrace: flow run '.*' is resumed under its key, .*resume \S+\n$/,
    );
    expect((await sandbox.records()).flowRuns).toMatchObject([{ state: { name: 'Running' } }]);
    await using again = new Program(sandbox, steps, { env: slow });
    expect(await again.ended).toMatchObject(restOf);
    await expectAllOnce(sandbox);
  });

  onEachStore('hands the run over: a serving process goes on with it at once', async (sandbox) => {
    await handedOver(sandbox, 'SIGTERM');
    await using server = new Program(sandbox, steps, { env: slow, arguments: ['serve'] });
    await server.printed('done 19.');
    const state = async (): Promise<string | undefined> => (await sandbox.records()).flowRuns[0]?.state.name;
    await expect.poll(state, { timeout: 10_000 }).toBe('Completed');
    await expectAllOnce(sandbox);
  });

  onEachStore('records a run that no process can reach as stopped, and a resume goes on with it', async (sandbox) => {
    expect(await handedOver(sandbox, 'SIGTERM', { KEY: '' })).toMatch(
      /^millrace: flow run '.*' was stopped; .*resume \S+\n$/,
    );
    const [run] = (await sandbox.records()).flowRuns;
    expect(run).toMatchObject({ state: { name: 'Crashed', message: expect.stringContaining('SIGTERM') } });
    await using again = new Program(sandbox, steps, { env: slow, arguments: ['resume', run?.id ?? ''] });
    expect(await again.ended).toMatchObject(restOf);
    await expectAllOnce(sandbox);
  });
});

describe('SIGTERM under a step that does not end in the grace', () => {
  onEachStore('aborts it and leaves it to the next process', async (sandbox) => {
    const env = { COUNT: '3', SLOW_AT: '1', SLOW_MS: '600000', MILLRACE_CANCEL_GRACE_MS: '200' };
    await using stopped = new Program(sandbox, steps, { env });
    await expect.poll(() => sandbox.effects.counts().get('work(1)'), { timeout: 20_000 }).toBe(1);
    stopped.kill('SIGTERM');
    const ended = await stopped.ended;
    expect(ended).toMatchObject({ code: 143, stdout: expect.stringContaining('aborted ProcessStopping') });
    const { flowRuns, taskRuns } = await sandbox.records();
    expect(flowRuns).toMatchObject([{ state: { name: 'Running' }, sessionId: null }]);
    expect(taskRuns.map(({ state }) => state.name).toSorted()).toEqual(['Completed', 'Running']);
    await using again = new Program(sandbox, steps, { env: { COUNT: '3' } });
    expect(await again.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('result 3') });
    expect((await sandbox.records()).flowRuns).toMatchObject([{ crashCount: 0, state: { name: 'Completed' } }]);
  });

  onEachStore('ends at once at a second one', async (sandbox) => {
    await using stopped = new Program(sandbox, steps, { env: { COUNT: '3', SLOW_AT: '1', SLOW_MS: '600000' } });
    await expect.poll(() => sandbox.effects.counts().get('work(1)'), { timeout: 20_000 }).toBe(1);
    stopped.kill('SIGTERM');
    await stopped.printed('handing over');
    stopped.kill('SIGTERM');
    expect(await stopped.ended).toMatchObject({ code: 143 });
  });
});

const signals = ['SIGINT', 'SIGTERM'] as const;

describe.skipIf(process.platform !== 'linux')('a body that never yields', () => {
  test.each(signals)('is ended by a second %s at once', { timeout: faultTimeoutMs }, async (signal) => {
    await using sandbox = new Sandbox('sqlite', '');
    await using stuck = new Program(sandbox, steps, { env: { BLOCK_AT: '1', BLOCK_MS: '600000' } });
    await stuck.printed('blocked');
    const isKilled = (): boolean => {
      stuck.kill(signal);
      return stuck.hasEnded;
    };
    await expect.poll(isKilled, { timeout: 20_000, interval: 100 }).toBe(true);
    expect(await stuck.ended).toMatchObject({
      signal: 'SIGKILL',
      stderr: expect.stringContaining('the signal can not be handled'),
    });
    await using again = new Program(sandbox, steps, {});
    expect((await again.ended).stdout).toContain('result 45');
  });

  test('is ended by one once its grace is over', { timeout: faultTimeoutMs }, async () => {
    await using sandbox = new Sandbox('sqlite', '');
    const env = { BLOCK_AT: '1', BLOCK_MS: '600000', MILLRACE_CANCEL_GRACE_MS: '1000' };
    await using stuck = new Program(sandbox, steps, { env });
    await stuck.printed('blocked');
    stuck.kill('SIGTERM');
    expect(await stuck.ended).toMatchObject({ signal: 'SIGKILL' });
  });

  test('ends as it should when it yields in its grace', { timeout: faultTimeoutMs }, async () => {
    await using sandbox = new Sandbox('sqlite', '');
    await using slow = new Program(sandbox, steps, { env: { BLOCK_AT: '1', BLOCK_MS: '2000' } });
    await slow.printed('blocked');
    slow.kill('SIGTERM');
    expect(await slow.ended).toMatchObject({ code: 143 });
    const { taskRuns } = await sandbox.records();
    expect(taskRuns.map(({ state }) => state.name)).toEqual(['Completed', 'Completed']);
  });
});

const sleeping = [
  ['SIGTERM', 143, 'parked', 'once', 'Suspended'],
  ['SIGTERM', 143, 'parked', '', 'Crashed'],
  ['SIGTERM', 143, 'in memory', 'once', 'Suspended'],
  ['SIGINT', 130, 'parked', 'once', 'Cancelled'],
] as const;

describe.each(sleeping)('%s while the run sleeps (%i, %s, key %j)', (signal, code, where, key, becomes) => {
  onEachStore(`leaves it ${becomes}, and exits with its code`, async (sandbox) => {
    const env = { ...slow, SLEEP_AT: '2', IN_MEMORY_MAX: where === 'parked' ? '0' : '1', KEY: key };
    await using stopped = new Program(sandbox, steps, { env });
    await stopped.printed('done 2.');
    const isWaiting = async (): Promise<boolean> => {
      const { flowRuns, taskRuns } = await sandbox.records();
      if (where === 'parked') return flowRuns[0]?.state.name === 'Suspended';
      return taskRuns.some(({ kind, state }) => kind === 'sleep' && state.name === 'Running');
    };
    await expect.poll(isWaiting, { timeout: 20_000, interval: 50 }).toBe(true);
    stopped.kill(signal);
    expect(await stopped.ended).toMatchObject({ code });
    const { flowRuns } = await sandbox.records();
    expect(flowRuns).toMatchObject([{ state: { name: becomes }, sessionId: null, crashCount: 0 }]);
    if (becomes !== 'Suspended') expect(flowRuns[0]?.state.message).toContain(signal);
    expect(await sandbox.verify()).toEqual([]);
  });
});

describe('a script that has nothing more to do', () => {
  onEachStore('leaves no session behind', async (sandbox) => {
    await using script = new Program(sandbox, steps, { env: { COUNT: '2', STEP_MS: '1' } });
    expect(await script.ended).toMatchObject({ code: 0, stderr: '' });
    expect(await sandbox.reading((store) => store.read(({ sessions }) => sessions.live()))).toEqual([]);
  });
});

describe('process.exit() in the middle', () => {
  onEachStore('loses nothing that was seen; started again, the run goes on', async (sandbox) => {
    await using exited = new Program(sandbox, steps, { env: { ...slow, EXIT_AT: '4' } });
    expect(await exited.ended).toMatchObject({ code: 3, stderr: '' });
    const { flowRuns, taskRuns } = await sandbox.remains();
    expect(flowRuns.map(({ state }) => state.name)).toEqual(['Running']);
    expect(taskRuns.map(({ state }) => state.name)).toEqual(Array(5).fill('Completed'));
    await using again = new Program(sandbox, steps, { env: slow });
    expect(await again.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('result 190') });
    expect([...sandbox.effects.counts().values()]).toEqual(Array(20).fill(1));
  });
});
