/** The inner flow made a task. */
import { setTimeout as wait } from 'node:timers/promises';
import { flow, task } from 'millrace';

const processItem = task('process', async (x: number) => {
  await wait(Number(process.env.SEED_SLEEP_MS ?? 5_000));
  console.log(x);
  return x;
});
const asyncTask = task('async-task', async (x: number) => processItem(x));

export const innerTask = flow('inner-task', async () => await Promise.all(asyncTask.map([1, 2, 3])));

await innerTask();
