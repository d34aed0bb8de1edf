/**
 * A flow of two steps in processes of their own: a short one and one of STEP_MS. RUN_MAIN=1: starts it under a key, or resumes
 * it, and prints the result. Its workers import it too.
 */
import './short-lease.ts';
import { flow, task } from 'millrace';
import { act } from '../../processes/body.ts';

export const short = task({ name: 'short', isolate: 'process' }, async () => await act('short', 1, 0));
export const long = task({ name: 'long', isolate: 'process', retries: 1 }, async () => {
  return await act('long', 2, Number(process.env['STEP_MS'] ?? 0));
});

if (process.env['RUN_MAIN'] === '1') {
  const main = flow('main', async () => (await short()) + (await long()));
  const run = await main.with({ idempotencyKey: 'once' }).start();
  console.log(`result ${await run.result()}`);
}
