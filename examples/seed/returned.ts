/** The futures returned from the flow. */
import { flow, task } from 'millrace';
import { processItem } from './lib.ts';

const asyncTask = task('async-task', async (x: number) => processItem(x));

export const returned = flow('returned', () => asyncTask.map([1, 2, 3]));

await returned();
