/** The futures as they complete. */
import { flow, task } from 'millrace';
import { processItem } from './lib.ts';

const asyncTask = task('async-task', async (x: number) => processItem(x));

export const asCompleted = flow('as-completed', async () => {
  const values: number[] = [];
  for await (const future of asyncTask.map([1, 2, 3])) values.push(await future);
  return values;
});

await asCompleted();
