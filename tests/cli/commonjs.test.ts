import { afterAll, describe, expect, it } from 'vitest';
import { CommandLine } from './command-line.ts';
import { makeProject } from './project.ts';

// `npm init -y` makes a CommonJS package. tsx gives its modules a second copy of the library, beside the command's.
const project = makeProject(
  {
    'pay.ts': `import { allowFailure, flow, logger, runOf, sleep, task, transaction, unmapped, RunCancelled, ConfigurationError } from 'millrace';
enum Way { Card = 'card' }
const charge = task('charge', async (n: number, way: string) => { console.log('charging ' + n); return way + n; });
const sum = task('sum', async (...parts: readonly unknown[]) => parts.flat().length);
const fail = task('fail', async () => { throw new ConfigurationError('no such account'); });
const state = task('state', async (given: { name: string }) => given.name);
const linger = task('linger', async () => { await sleep('1h'); });
export const pay = flow('pay', async (last: boolean = false) => {
  logger().info('paying');
  const charged = charge.map([1, 2], unmapped(Way.Card));
  const total = await sum(charged, charge.submit(3, Way.Card));
  const failing = fail.submit();
  const seen = await state(allowFailure(failing));
  const error = await failing.then(() => undefined, (error: unknown) => error);
  const lingering = linger.submit();
  lingering.cancel();
  const cancelled = await lingering.then(() => undefined, (error: unknown) => error);
  await transaction({}, async () => { await charge(4, Way.Card); });
  if (!last) throw new Error('the last step is not there yet');
  return { total, seen, from: runOf(error)?.name.split('-')[0], is: [error instanceof ConfigurationError, cancelled instanceof RunCancelled] };
});
`,
  },
  { packages: ['millrace', 'tsx'], type: 'commonjs' },
);
const shell = new CommandLine({}, project.folder);

afterAll(() => {
  shell.close();
  project.remove();
});

interface Run {
  readonly id: string;
  readonly state: { readonly type: string; readonly message: string | null };
  readonly result?: unknown;
}

describe('a CommonJS program under tsx', () => {
  it('records all calls below its flow, and does none again at a resume', async () => {
    const first = await shell.run('run', 'pay.ts', '--json');
    const failed = JSON.parse(first.stdout) as Run;
    expect(failed.state).toMatchObject({ type: 'FAILED', message: expect.stringContaining('not there yet') });
    expect(first.stderr.match(/charging \d/g)?.sort()).toEqual([
      'charging 1',
      'charging 2',
      'charging 3',
      'charging 4',
    ]);
    expect((await shell.run('flow-run', 'logs', failed.id)).stdout).toContain('paying');
    const below = await shell.json<readonly Run[]>('task-run', 'ls', '--flow-run', failed.id, '--limit', '50');
    expect(await shell.json<readonly Run[]>('task-run', 'ls', '--limit', '50')).toHaveLength(below.length);

    const resumed = await shell.run('flow-run', 'resume', failed.id, 'pay.ts', '--json');
    expect(JSON.parse(resumed.stdout)).toMatchObject({ id: failed.id, state: { type: 'FAILED' } });
    expect(resumed.stderr).not.toContain('charging');
  });

  it('knows errors, futures and marks, whichever copy made them', async () => {
    const run = await shell.json<Run>('run', 'pay.ts', '-p', 'last=true');
    expect(run.result).toEqual({ total: 3, seen: 'Failed', from: 'fail', is: [true, true] });
  });
});
