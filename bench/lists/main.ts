/**
 * The time of lists on a database of a million flow runs and three million task runs: the newest 200 of each filter of Prefect's API, alone
 * and in pairs, in its orders, and the counts.
 *
 *     node --conditions=millrace-source bench/lists/main.ts sqlite:lists.db --flow-runs 1000000
 *
 * `--seeded`: the database is there from an earlier time. `--every N`: every Nth pair. `--shown N`: that many of the slowest cases.
 */
import type { Filter, Order } from '@millrace/kernel';
import { openStore, type Transaction } from '@millrace/store';
import { flowRunFilters, taskRunFilters } from './filters.ts';
import { seed } from './seed.ts';
import { stopwatchOf, type Took } from './stopwatch.ts';

const args = process.argv.slice(2);
const [url = ''] = args;
const every = option('--every', 1);
const shown = option('--shown', 20);
const limit = 200;

interface Case {
  readonly name: string;
  readonly use: (transaction: Transaction) => Promise<unknown>;
}

if (!args.includes('--seeded')) await seed({ url, flowRuns: option('--flow-runs', 1_000_000) });

const store = await openStore({ url });
const stopwatch = await stopwatchOf(url);
const newest = await store.read(async ({ flowRuns, taskRuns }) => ({
  flows: (await flowRuns.list({ limit: 50 })).map(({ id }) => id),
  tasks: (await taskRuns.list({ limit: 50 })).map(({ id }) => id),
}));

const flowOrders: readonly Order<'flow-run'>[] = [
  { by: 'sortAt', direction: 'descending' },
  { by: 'id', direction: 'descending' },
  { by: 'sortAt', direction: 'ascending' },
  { by: 'expectedStartAt', direction: 'ascending' },
  { by: 'expectedStartAt', direction: 'descending' },
  { by: 'nextStartAt', direction: 'ascending' },
  { by: 'name', direction: 'ascending' },
  { by: 'name', direction: 'descending' },
  { by: 'endAt', direction: 'descending' },
];
const taskOrders: readonly Order<'task-run'>[] = [
  { by: 'createdAt', direction: 'descending' },
  { by: 'id', direction: 'descending' },
  { by: 'createdAt', direction: 'ascending' },
];

const flows = flowRunFilters(newest.flows);
const tasks = taskRunFilters(newest.tasks, newest.flows);
const flowPage = ([name, filter]: readonly [string, Filter<'flow-run'>], order: Order<'flow-run'>): Case => ({
  name: `${name} by ${order.by} ${order.direction}`,
  use: ({ flowRuns }) => flowRuns.find({ filter, order, limit }),
});
const taskPage = ([name, filter]: readonly [string, Filter<'task-run'>], order: Order<'task-run'>): Case => ({
  name: `${name} by ${order.by} ${order.direction}`,
  use: ({ taskRuns }) => taskRuns.find({ filter, order, limit }),
});

const flowPairs = pairsOf([...flows], (filters): Filter<'flow-run'> => ({ kind: 'and', filters }));
const taskPairs = pairsOf([...tasks], (filters): Filter<'task-run'> => ({ kind: 'and', filters }));

await measure(
  'newest 200 flow runs, one filter',
  [...flows].flatMap((filter) => flowOrders.slice(0, 2).map((order) => flowPage(filter, order))),
);
await measure(
  'newest 200 task runs, one filter',
  [...tasks].flatMap((filter) => taskOrders.slice(0, 2).map((order) => taskPage(filter, order))),
);
await measure(
  'newest 200 flow runs, two filters',
  flowPairs.flatMap((filter) => flowOrders.slice(0, 2).map((order) => flowPage(filter, order))),
);
await measure(
  'newest 200 task runs, two filters',
  taskPairs.flatMap((filter) => taskOrders.slice(0, 1).map((order) => taskPage(filter, order))),
);
await measure(
  '200 flow runs in the other orders, one filter',
  [...flows].flatMap((filter) => flowOrders.slice(2).map((order) => flowPage(filter, order))),
);
await measure(
  'counts of flow runs',
  [...flows].map(([name, filter]) => ({ name, use: ({ flowRuns }) => flowRuns.count(filter) })),
);
await measure(
  'counts of task runs',
  [...tasks].map(([name, filter]) => ({ name, use: ({ taskRuns }) => taskRuns.count(filter) })),
);
await stopwatch.close();
await store.close();

/** Each case twice: the first time fills the caches. */
async function measure(group: string, cases: readonly Case[]): Promise<void> {
  const measured: (Took & { readonly name: string })[] = [];
  for (const { name, use } of cases) {
    await store.read(use);
    measured.push({ name, ...(await stopwatch.time(() => store.read(use))) });
  }
  const quantile = (of: keyof Took, share: number): string => {
    const sorted = measured.map((one) => one[of]).sort((first, second) => first - second);
    return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
  };
  const line = (of: keyof Took): string =>
    `p50 ${quantile(of, 0.5)}, p95 ${quantile(of, 0.95)}, worst ${quantile(of, 1)}`;
  process.stdout.write(
    `${group}: ${cases.length} cases; ms ${line('ms')}; ms of the processor ${line('processorMs')}\n`,
  );
  const slowest = [...measured].sort((first, second) => second.processorMs - first.processorMs).slice(0, shown);
  for (const { name, ms, processorMs } of slowest)
    process.stdout.write(`  ${ms.toFixed(1).padStart(8)} ${processorMs.toFixed(1).padStart(8)}  ${name}\n`);
}

function pairsOf<T>(
  filters: readonly (readonly [string, T])[],
  both: (filters: readonly T[]) => T,
): readonly (readonly [string, T])[] {
  const pairs = filters.flatMap(([name, filter], index) =>
    filters.slice(index + 1).map(([other, second]): [string, T] => [`${name} + ${other}`, both([filter, second])]),
  );
  return pairs.filter((_, index) => index % every === 0);
}

function option(name: string, absent: number): number {
  const index = args.indexOf(name);
  return index === -1 ? absent : Number(args[index + 1]);
}
