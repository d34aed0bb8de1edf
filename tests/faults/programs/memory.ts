/** A task whose process runs out of memory each time (unless GREEDY=0), beside one that works. Its workers import it too. */
import './short-lease.ts';
import { flow, task } from 'millrace';

const isolate = process.env['ISOLATE'] === 'thread' ? 'thread' : 'process';
export const greedy = task({ name: 'greedy', isolate, retries: 1 }, () => {
  const hoard: unknown[] = [];
  for (;;) hoard.push(Array.from({ length: 5_000 }, (_, n) => ({ n })));
});
export const modest = task({ name: 'modest', isolate }, (n: number) => n);

if (process.env['RUN_MAIN'] === '1') {
  const main = flow('main', async () => {
    if (process.env['GREEDY'] !== '0') {
      const error: unknown = await greedy().catch((reason: unknown) => reason);
      console.log(`${(error as Error).name}: ${(error as Error).message}`);
    }
    return await modest(7);
  });
  console.log(`result ${await main()}`);
}
