/** The map moved onto the sleeping task itself. */
import { setTimeout as wait } from 'node:timers/promises';
import { flow, task } from 'millrace';

const processItem = task('process-item', async (x: number) => {
  await wait(Number(process.env.SEED_SLEEP_MS ?? 5_000));
  console.log(x);
  return x;
});

export const restructured = flow('restructured', async () => await processItem.map([1, 2, 3]));

await restructured();
