/** The cases on Millrace, as a user writes them. The database is what the environment says. */
import { flow, task } from 'millrace';
import { type CaseName, measure, report } from '../case.ts';

const inc = task('inc', async (n: number) => n + 1);
const fan = flow('fan', async (count: number) => await inc.map(Array.from({ length: count }, (_, i) => i)));
const sequence = flow('sequence', async (count: number) => {
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum = await inc(sum);
  return sum;
});
const noop = flow('noop', async (n: number) => n + 1);
const child = flow('child', async (n: number) => {
  let value = n;
  for (let step = 0; step < 5; step += 1) value = await inc(value);
  return value;
});
const parent = flow('parent', async (count: number) => await child.map(Array.from({ length: count }, (_, i) => i)));

report(
  await measure(process.argv[2] as CaseName, {
    map: (count) => fan(count),
    steps: (count) => sequence(count),
    runs: (count) => Promise.all(Array.from({ length: count }, (_, i) => noop(i))),
    one: () => noop(1),
    children: (count) => parent(count),
  }),
);
