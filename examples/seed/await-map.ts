/** The same, with the map itself awaited: a `TypeError` in Prefect. */
import { flow, task } from 'millrace';
import { processItem } from './lib.ts';

const asyncTask = task('async-task', async (x: number) => processItem(x));

export const awaitMap = flow('await-map', async () => await asyncTask.map([1, 2, 3]));

await awaitMap();
