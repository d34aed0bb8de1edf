/** Two versions of one flow. The first kills its process in the last step; the second has renamed, dropped and added steps. */
import './short-lease.ts';
import { flow, task } from 'millrace';
import { act } from '../../processes/body.ts';

const value = (name: string, n: number): Promise<number> => act(`${name}(${n})`, n, 0);
const kept = task('kept', async (n: number) => await value('kept', n));
const oldName = task('old-name', async (n: number) => await value('old-name', n));
const newName = task('new-name', async (n: number) => await value('new-name', n));
const dropped = task('dropped', async (n: number) => await value('dropped', n));
const added = task('added', async (n: number) => await value('added', n));
const last = task('last', async (n: number) => {
  if (process.env['VERSION'] === '1') process.kill(process.pid, 'SIGKILL');
  return await value('last', n);
});

const changing = flow('changing', async () => {
  if (process.env['VERSION'] === '1') {
    const total = (await kept(1)) + (await oldName(2)) + (await dropped(4)) + (await kept(8));
    return total + (await last(16));
  }
  const total = (await added(32)) + (await kept(8)) + (await newName(2)) + (await kept(1));
  return total + (await last(16));
});

console.log(`result ${await (await changing.with({ idempotencyKey: 'once' }).start()).result()}`);
