/** F48: a run that is taken up by changed code keeps what the new code still calls, and lists what it no longer does. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const changedCode = join(import.meta.dirname, 'programs/changed-code.ts');

onEachStore('code that changed between two executions: the differences are listed on the run', async (sandbox) => {
  await using first = new Program(sandbox, changedCode, { env: { VERSION: '1' } });
  expect((await first.ended).signal).toBe('SIGKILL');
  await using second = new Program(sandbox, changedCode, { env: { VERSION: '2' } });
  expect(await second.ended).toMatchObject({ code: 0, stdout: 'result 59\n', stderr: '' });
  const counts = sandbox.effects.counts();
  expect(Object.fromEntries(counts)).toEqual({
    'kept(1)': 1,
    'old-name(2)': 1,
    'dropped(4)': 1,
    'kept(8)': 1,
    'added(32)': 1,
    'new-name(2)': 1,
    'last(16)': 1,
  });
  const [run] = (await sandbox.records()).flowRuns;
  expect(run?.state.name).toBe('Completed');
  expect(run?.divergence.map((key) => key.slice(0, key.indexOf('#'))).toSorted()).toEqual(['dropped', 'old-name']);
  expect(await sandbox.verify()).toEqual([]);
});
