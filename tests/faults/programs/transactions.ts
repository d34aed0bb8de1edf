/**
 * A flow whose transaction writes a, then b in a child flow, then c, and fails at its first attempt when FAILS is set.
 * KILL_AT=what: the process kills itself when that is about to be noted, such as `write c` or `commit b`.
 */
import './short-lease.ts';
import { context, flow, task, transaction } from 'millrace';
import { note } from '../../processes/body.ts';

function noteOrDie(what: string, runId = ''): void {
  if (process.env['KILL_AT'] === what) process.kill(process.pid, 'SIGKILL');
  note(what, runId);
}

const write = task(
  {
    name: 'write',
    runName: '{what}',
    onCommit: (_tx, { result, run }) => noteOrDie(`commit ${result}`, run.id),
    onRollback: (_tx, { parameters: [what], result, run }) => noteOrDie(`undo ${what === result ? what : '?'}`, run.id),
  },
  (what: string) => {
    noteOrDie(`write ${what}`, context().taskRun?.id);
    return what;
  },
);
const child = flow('child', async () => await write('b'));
const outer = flow({ name: 'outer', retries: 1 }, async () => {
  await transaction({}, async () => {
    await write('a');
    await child();
    await write('c');
    if (process.env['FAILS'] !== undefined && context().attempt === 1) throw new Error('half way');
  });
  return 'done';
});

console.log(await (await outer.with({ idempotencyKey: 'once' }).start()).result());
