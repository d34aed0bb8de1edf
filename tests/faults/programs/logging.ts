/** A flow that logs a numbered line every few milliseconds, and prints the number of each. */
import './short-lease.ts';
import { setTimeout as wait } from 'node:timers/promises';
import { flow, logger, task } from 'millrace';

const talk = task('talk', async () => {
  for (let n = 0; ; n += 1) {
    logger().info('line %d', n);
    console.log(`logged ${n} at ${Date.now()}.`);
    await wait(3);
  }
});
await flow('talking', async () => await talk())();
