/** The same, with the result awaited. */
import { flow, task } from 'millrace';
import { processItem } from './lib.ts';

const asyncTask = task('async-task', async (x: number) => processItem(x));

export const awaited = flow('awaited', async () => {
  const features = asyncTask.map([1, 2, 3]);
  return await features.result();
});

await awaited();
