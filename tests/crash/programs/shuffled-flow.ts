/**
 * A flow of 40 tasks in nine branches that run side by side: maps, nested flows, tasks within tasks, equal calls, futures as
 * arguments, a branch on the clock. The order in which anything is started or awaited is another one at each start; what
 * comes out is always the same.
 *
 * `shuffled-flow.ts serve` serves it. Environment: SHUFFLE_SEED, one text a start.
 */
import { flow, serve, sleep, step, task } from 'millrace';
import { act } from '../../processes/body.ts';
import { seededRandom } from '../../processes/random.ts';

const random = seededRandom(process.env['SHUFFLE_SEED'] ?? '');
const moment = (): number => random.between(0, 30);

const square = task('square', (n: number) => act(`square(${n})`, n * n, moment()));
const cube = task('cube', (n: number) => act(`cube(${n})`, n ** 3, moment()));
const add = task('add', (n: number) => act(`add(${n})`, n + 1, moment()));
const double = task('double', (n: number) => act(`double(${n})`, n * 2, moment()));
const leaf = task('leaf', (n: number) => act(`leaf(${n})`, n, moment()));
const tick = task('tick', () => act('tick()', 1, moment()));
const late = task('late', (n: number) => act(`late(${n})`, n * 1_000, moment()));
const join = task('join', (a: number, b: number) => act(`join(${a},${b})`, a * 10 + b, moment()));

const inner = flow('inner', async (from: number) => {
  const cubes = await cube.map(random.shuffled([from, from + 1, from + 2, from + 3]));
  return sum(cubes);
});
const below = flow('below', async (n: number) => sum(await inOrder([() => leaf(n), () => leaf(n + 1)])));
const parent = task('parent', async (n: number) => {
  const leaves = n === 1 ? sum(await inOrder([() => leaf(10), () => leaf(11)])) : await below(20);
  return await act(`parent(${n})`, leaves, moment());
});

const branches: readonly (() => Promise<number>)[] = [
  async () => {
    const futures = random.shuffled([0, 1, 2, 3, 4, 5]).map((n) => square.submit(n));
    let total = 0;
    for (const future of random.shuffled(futures)) total += await future;
    return total;
  },
  async () => {
    let n = 100;
    for (let index = 0; index < 5; index += 1) n = await add(n);
    return n;
  },
  async () => sum(await inOrder([() => inner(30), () => inner(40)])),
  async () => sum(await inOrder([() => parent(1), () => parent(2)])),
  async () => {
    let total = 0;
    for await (const future of double.map(random.shuffled([0, 1, 2, 3, 4, 5]))) total += await future;
    return total;
  },
  async () => sum(await Promise.all([tick(), tick(), tick()])),
  async () => {
    await sleep(15);
    return await join(square.submit(8), square.submit(9));
  },
  async () => (Date.now() % 2 === 0 ? (await late(1)) + (await late(2)) : (await late(2)) + (await late(1))),
];

const shuffled = flow({ name: 'shuffled', crashRetries: 1_000 }, async () => {
  console.log('begun');
  const [stamp, ...values] = await Promise.all([
    step('stamp', () => act('stamp()', Math.random(), moment())),
    ...random.shuffled(branches).map((branch) => branch()),
  ]);
  return { stamp, total: sum(values as number[]) };
});

/** Starts all of them, in any order and not quite at once; the values are in the order of the calls. */
async function inOrder<T>(calls: readonly (() => PromiseLike<T>)[]): Promise<T[]> {
  const values = new Map<() => PromiseLike<T>, PromiseLike<T>>();
  for (const call of random.shuffled(calls)) {
    values.set(call, call());
    if (random.next() < 0.5) await Promise.resolve();
  }
  return await Promise.all(calls.map((call) => values.get(call) as PromiseLike<T>));
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

if (process.argv[2] === 'serve') {
  const serving = serve(shuffled);
  console.log('serving');
  await serving;
} else {
  const run = await shuffled.with({ idempotencyKey: 'once' }).start();
  console.log(`result ${JSON.stringify(await run.result())}`);
}
