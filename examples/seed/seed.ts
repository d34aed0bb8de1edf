/** The seed: a task mapped over a list, each calling an async flow; the result is asked for, not awaited. */
import { flow, task } from 'millrace';
import { processItem } from './lib.ts';

const asyncTask = task('async-task', async (x: number) => processItem(x));

export const seed = flow('seed', async () => {
  const features = asyncTask.map([1, 2, 3]);
  features.result();
});

await seed();
