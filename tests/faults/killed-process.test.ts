/** F1 and F2: kill -9 at step 40 of 100. Another process says so; the process that goes on with the run does only what is left. */
import { join } from 'node:path';
import { openEngine } from '@millrace/local';
import { describe, expect } from 'vitest';
import type { Sandbox } from '../processes/sandbox.ts';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const steps = join(import.meta.dirname, 'programs/steps.ts');
const hundred = { COUNT: '100' };
const total = '4950';

async function killedAtForty(sandbox: Sandbox): Promise<void> {
  await using killed = new Program(sandbox, steps, { env: hundred });
  await killed.printed('done 39.');
  killed.kill('SIGKILL');
  expect((await killed.ended).signal).toBe('SIGKILL');
}

/** The first 40 ran once; of the rest at most the one in flight ran twice. */
function expectOnlyTheRestRan(sandbox: Sandbox): void {
  const counts = sandbox.effects.counts();
  expect(counts.size).toBe(100);
  const again = [...counts].filter(([, count]) => count > 1);
  expect(again.length).toBeLessThanOrEqual(1);
  for (const [what] of again) expect(Number(/\d+/.exec(what)?.[0])).toBeGreaterThanOrEqual(40);
}

describe('a process killed at step 40 of 100', () => {
  onEachStore('started again, does the 60 that are left', async (sandbox) => {
    await killedAtForty(sandbox);
    await using again = new Program(sandbox, steps, { env: hundred });
    expect(await again.ended).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain(`result ${total}`);
    expectOnlyTheRestRan(sandbox);
    const { flowRuns } = await sandbox.records();
    expect(flowRuns).toMatchObject([{ crashCount: 1, runCount: 1, state: { name: 'Completed' } }]);
    expect(await sandbox.verify()).toEqual([]);
  });

  onEachStore(
    'leaves a run that a sweep which is asked to ends as Crashed, and that can still be taken up',
    async (sandbox) => {
      await killedAtForty(sandbox);
      const engine = openEngine({ settings: { databaseUrl: sandbox.url } });
      const ledger = await engine.ledger();
      const [run] = await ledger.runs.flowRuns({});
      expect(run?.state.name).toBe('Running');
      expect(await ledger.sweep()).toMatchObject({ crashed: [] });
      expect(await ledger.sweep({ olderThanMs: 0 })).toMatchObject({ crashed: [run?.id] });
      expect(await ledger.runs.flowRun(run?.id ?? '')).toMatchObject({
        state: { name: 'Crashed', message: expect.stringContaining('process died') },
      });
      await engine.close();
      const { taskRuns } = await sandbox.records();
      expect(taskRuns.filter(({ state }) => state.type === 'RUNNING')).toEqual([]);
      await using again = new Program(sandbox, steps, { env: hundred });
      expect((await again.ended).stdout).toContain(`result ${total}`);
      expectOnlyTheRestRan(sandbox);
    },
  );

  onEachStore('leaves a run that a serving process takes up by itself', async (sandbox) => {
    await killedAtForty(sandbox);
    await using server = new Program(sandbox, steps, { env: hundred, arguments: ['serve'] });
    await server.printed('done 99.');
    await expect
      .poll(async () => (await sandbox.records()).flowRuns[0]?.state.name, { timeout: 10_000 })
      .toBe('Completed');
    expectOnlyTheRestRan(sandbox);
  });
});

describe('a process killed in the first instant of its run', () => {
  onEachStore('leaves the run whose body had its effect', async (sandbox) => {
    await using killed = new Program(sandbox, steps, { env: { DIE_AT: '0', KEY: '' } });
    expect((await killed.ended).signal).toBe('SIGKILL');
    expect(killed.stdout).toContain('begun');
    expect((await sandbox.records()).flowRuns).toMatchObject([{ state: { name: 'Running' } }]);
  });
});
