/** A flow of 20 tasks in a fixed order, most of them one after the other: each is a commit that a kill can meet. See commit-kill.ts. */
import { commitsSoFar } from './commit-kill.ts';
import { flow, step, task } from 'millrace';
import { act } from '../../processes/body.ts';

const add = task('add', (n: number) => act(`add(${n})`, n + 1, 0));
const square = task('square', (n: number) => act(`square(${n})`, n * n, 0));
const leaf = task('leaf', (n: number) => act(`leaf(${n})`, n, 0));
const parent = task('parent', async (n: number) => {
  const leaves = (await leaf(n)) + (await leaf(n + 1));
  return await act(`parent(${n})`, leaves, 0);
});
const inner = flow('inner', async (n: number) => (await leaf(n)) + (await leaf(n + 1)));

const journal = flow({ name: 'journal', crashRetries: 1_000 }, async () => {
  let total = 0;
  for (let n = 0; n < 7; n += 1) total = await add(total);
  const squares = await square.map([1, 2, 3, 4, 5]);
  total += squares.reduce((a, b) => a + b, 0);
  total += await parent(10);
  total += await inner(20);
  total += await step('last', () => act('last()', 1_000, 0));
  const [one, two] = await Promise.all([add(100), add(100)]);
  return total + one + two;
});

const run = await journal.with({ idempotencyKey: 'once' }).start();
console.log(`result ${JSON.stringify(await run.result())} after ${commitsSoFar()} commits`);
