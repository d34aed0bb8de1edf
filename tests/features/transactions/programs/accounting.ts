/**
 * One of many processes on one database, each with everything at once: FLOWS flow runs of steps, a map, a child flow, a value
 * that all processes share and a limit; and tasks outside any flow. Prints what it all comes to.
 */
import { concurrency, flow, task } from 'millrace';
import { act } from '../../../processes/body.ts';

const flowCount = Number(process.env['FLOWS'] ?? 10);

const step = task('step', async (n: number) => n + 1);
const square = task('square', async (n: number) => n * n);
const shared = task({ name: 'shared', cacheKey: () => 'one-for-all' }, async () => await act('shared', 7, 20));
const guarded = task('guarded', async () => await concurrency('till', async () => await act('guarded', 1, 1)));
const loose = task('loose', async (n: number) => n);

const child = flow('child', async (n: number) => await step(n));
const book = flow('book', async (n: number) => {
  let total = n;
  for (let count = 0; count < 5; count += 1) total = await step(total);
  const squares = await square.map([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  for (const value of squares) total += value;
  total += await child(0);
  total += await guarded();
  return total + (await shared());
});

const books = await Promise.all(Array.from({ length: flowCount }, (_, index) => book(index)));
let total = books.reduce((sum, one) => sum + one, 0);
for (let count = 0; count < flowCount; count += 1) total += await loose(count);
console.log(`total ${total}`);
