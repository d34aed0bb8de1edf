/** A flow of one task that prints for ever in a process of its own. RUN_MAIN=1: starts it. */
import './short-lease.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { flow, task } from 'millrace';

export const talk = task({ name: 'talk', isolate: 'process' }, async () => {
  for (let count = 0; ; count += 1) {
    process.stdout.write(`talk ${count}\n`);
    await delay(1);
  }
});

if (process.env['RUN_MAIN'] === '1') await flow('main', async () => await talk())();
