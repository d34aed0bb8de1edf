/** A program with isolated bodies at work is stopped: its runs are recorded, and none of its workers outlives it. */
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { Sandbox } from '../../processes/sandbox.ts';
import { Program } from '../../processes/program.ts';

const main = join(import.meta.dirname, 'programs/isolated-main.ts');

const resume = join(import.meta.dirname, 'programs/isolated-resume.ts');

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const bodyPid = (stdout: string): number => Number(/body (\d+)\n/.exec(stdout)?.[1]);

test.each(['spins', 'waits'])('kill -9: a worker whose body %s ends too', { timeout: 30_000 }, async (body) => {
  await using sandbox = new Sandbox('sqlite', '');
  await using program = new Program(sandbox, main, { env: { RUN_MAIN: '1', BODY: body } });
  await program.printed('body ');
  const pid = bodyPid(program.stdout);
  expect(isAlive(pid)).toBe(true);
  process.kill(program.pid, 'SIGKILL');
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 });
});

test.each([
  ['process', 'waits'],
  ['process', 'spins'],
  ['thread', 'waits'],
  ['thread', 'spins'],
])('SIGINT to all, as a terminal sends it: a %s that %s', { timeout: 30_000 }, async (isolate, body) => {
  await using sandbox = new Sandbox('sqlite', '');
  await using program = new Program(sandbox, main, { env: { RUN_MAIN: '1', ISOLATE: isolate, BODY: body } });
  await program.printed('body ');
  const pid = bodyPid(program.stdout);
  if (isolate === 'process') process.kill(pid, 'SIGINT');
  program.kill('SIGINT');
  const { code, stdout } = await program.ended;
  expect(code).toBe(130);
  expect(stdout.includes('cleaned up')).toBe(body === 'waits');
  // The program's end is what ends it: the system takes a moment for that.
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5_000 });
  const { taskRuns } = await sandbox.records();
  expect(taskRuns.map((run) => run.state.name)).toEqual(['Cancelled']);
});

test('law 3: what an isolated body had done before its program died is not done again', {
  timeout: 40_000,
}, async () => {
  await using sandbox = new Sandbox('sqlite', '');
  await using first = new Program(sandbox, resume, { env: { RUN_MAIN: '1', STOP_HALFWAY: '1' } });
  await first.printed('halfway');
  first.kill('SIGKILL');
  const { stdout } = await first.ended;
  expect(stdout.match(/first|child \d/g)?.toSorted()).toEqual(['child 1', 'child 2', 'first']);
  await using second = new Program(sandbox, resume, { env: { RUN_MAIN: '1' } });
  expect(await second.ended).toMatchObject({ code: 0, stdout: 'halfway\nchild 3\nresult [1,2,3]\n' });
});
