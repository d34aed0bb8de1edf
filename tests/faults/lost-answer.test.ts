/** F20: a commit that took place and whose answer was lost is neither repeated nor forgotten: the run goes on in its process. */
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { Sandbox } from '../processes/sandbox.ts';
import { Program } from '../processes/program.ts';
import { faultTimeoutMs } from './on-each-store.ts';

const journal = join(import.meta.dirname, '../crash/programs/journal-flow.ts');

test.for([1, 2, 5, 9, 14])(
  'the answer to commit %i is lost (postgres)',
  { timeout: faultTimeoutMs },
  async (commit, { skip }) => {
    const postgresUrl = inject('postgresUrl');
    if (postgresUrl === '') skip('no PostgreSQL server answers');
    await using sandbox = new Sandbox('postgres', postgresUrl);
    await using program = new Program(sandbox, journal, { env: { KILL_AT: `lost:${commit}` } });
    expect(await program.ended).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^result 1326 /) });
    const { flowRuns, taskRuns } = await sandbox.records();
    expect(flowRuns.map(({ state, crashCount }) => [state.name, crashCount])).toEqual(Array(2).fill(['Completed', 0]));
    expect(taskRuns.map(({ state }) => state.name)).toEqual(Array(20).fill('Completed'));
    expect(sandbox.effects.all()).toHaveLength(40);
    expect(await sandbox.verify()).toEqual([]);
  },
);
