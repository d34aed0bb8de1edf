/** The same, gathered with Promise.all: a `TypeError` in Prefect. */
import { flow, task } from 'millrace';
import { processItem } from './lib.ts';

const asyncTask = task('async-task', async (x: number) => processItem(x));

export const gather = flow('gather', async () => {
  const features = asyncTask.map([1, 2, 3]);
  return await Promise.all(features);
});

await gather();
