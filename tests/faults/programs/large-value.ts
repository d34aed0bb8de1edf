/** A step whose value is kept outside its row, and one after it. DIE=1: the process kills itself in between. */
import './short-lease.ts';
import { flow, resume, task } from 'millrace';
import { act } from '../../processes/body.ts';

const [, , runId] = process.argv;
const large = task('large', async () => await act('large', 'x'.repeat(200_000), 0));
const size = task('size', async (text: string) => await act('size', text.length, 0));

const measured = flow('measured', async () => {
  const text = await large();
  if (process.env['DIE'] === '1') process.kill(process.pid, 'SIGKILL');
  return await size(text);
});

const once = measured.with({ idempotencyKey: 'once' });
const run = runId === undefined ? await once.start() : await resume<number>(runId);
try {
  console.log(`result ${await run.result()}`);
} catch (error) {
  console.log(`failed ${(error as Error).name}: ${(error as Error).message}`);
  process.exitCode = 1;
}
