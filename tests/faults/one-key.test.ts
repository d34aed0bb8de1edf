/** Two processes that start the same key at the same time run it once, and both have its result. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const steps = join(import.meta.dirname, 'programs/steps.ts');

onEachStore('a key that three processes start at once is run once', async (sandbox) => {
  const env = { COUNT: '8', STEP_MS: '20' };
  await using one = new Program(sandbox, steps, { env });
  await using two = new Program(sandbox, steps, { env });
  await using three = new Program(sandbox, steps, { env });
  const ended = await Promise.all([one.ended, two.ended, three.ended]);
  for (const { code, stderr, stdout } of ended) {
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('result 28');
  }
  expect(ended.filter(({ stdout }) => stdout.includes('begun'))).toHaveLength(1);
  expect(new Set(ended.map(({ stdout }) => /id (\S+)/.exec(stdout)?.[1])).size).toBe(1);
  expect([...sandbox.effects.counts().values()]).toEqual(Array(8).fill(1));
  expect((await sandbox.records()).flowRuns).toMatchObject([{ token: 1, crashCount: 0 }]);
});

onEachStore('a key whose holder is killed is taken up by one of those who wait for it', async (sandbox) => {
  // Long enough that the holder is still at work when the others, on a busy machine, have found it.
  const env = { COUNT: '30', STEP_MS: '150' };
  await using first = new Program(sandbox, steps, { env });
  await first.printed('done 3.');
  await using second = new Program(sandbox, steps, { env });
  await using third = new Program(sandbox, steps, { env });
  await second.printed('id ');
  await third.printed('id ');
  first.kill('SIGKILL');
  const ended = await Promise.all([second.ended, third.ended]);
  for (const { code, stdout } of ended)
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('result 435') });
  expect(ended.filter(({ stdout }) => stdout.includes('begun'))).toHaveLength(1);
  const again = [...sandbox.effects.counts()].filter(([, count]) => count > 1);
  expect(again.length).toBeLessThanOrEqual(1);
  expect((await sandbox.records()).flowRuns).toMatchObject([{ crashCount: 1, state: { name: 'Completed' } }]);
});
