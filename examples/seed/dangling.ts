/** Nothing awaited at all: the flow's scope waits. */
import { flow, task } from 'millrace';
import { processItem } from './lib.ts';

const asyncTask = task('async-task', async (x: number) => processItem(x));

export const dangling = flow('dangling', () => {
  asyncTask.map([1, 2, 3]);
});

await dangling();
