/** F11: a body in a process of its own that runs out of memory takes down nothing else; its task says so, and is retried by its policy. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const memory = join(import.meta.dirname, 'programs/memory.ts');

onEachStore('a process that runs out of memory', async (sandbox) => {
  await using program = new Program(sandbox, memory, {
    env: { RUN_MAIN: '1' },
    nodeArguments: ['--max-old-space-size=50'],
  });
  const { code, stdout, stderr } = await program.ended;
  expect({ code, stdout, stderr: code === 0 ? '' : stderr }).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^RunCrashed: .*'greedy' ran out of memory/),
    stderr: '',
  });
  expect(stdout).toContain('result 7');
  const { taskRuns, flowRuns } = await sandbox.records();
  const greedy = taskRuns.find(({ taskKey }) => taskKey === 'greedy');
  expect(greedy).toMatchObject({ runCount: 2, state: { message: expect.stringContaining('ran out of memory') } });
  expect(flowRuns.map(({ state }) => state.name)).toEqual(['Completed']);
});

onEachStore('a thread can be used by a program with options of V8', async (sandbox) => {
  await using program = new Program(sandbox, memory, {
    env: { RUN_MAIN: '1', ISOLATE: 'thread', GREEDY: '0' },
    nodeArguments: ['--max-old-space-size=200'],
  });
  expect(await program.ended).toMatchObject({ code: 0, stderr: '', stdout: 'result 7\n' });
});
