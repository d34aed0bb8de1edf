/** The cases on OpenWorkflow over its SQLite backend, one worker with 50 places. */
import { OpenWorkflow } from 'openworkflow';
import { BackendSqlite } from 'openworkflow/sqlite';
import { measure, report } from '../../case.ts';

const backend = BackendSqlite.connect(process.env.PEER_FILE);
const engine = new OpenWorkflow({ backend });
const inc = (step, name, n) => step.run({ name }, () => n + 1);
const fan = engine.defineWorkflow({ name: 'fan' }, ({ input, step }) =>
  Promise.all(Array.from({ length: input.count }, (_, i) => inc(step, `s${i}`, i))),
);
const sequence = engine.defineWorkflow({ name: 'sequence' }, async ({ input, step }) => {
  let sum = 0;
  for (let index = 0; index < input.count; index += 1) sum = await inc(step, `s${index}`, sum);
  return sum;
});
const noop = engine.defineWorkflow({ name: 'noop' }, async ({ input }) => input.n + 1);
const child = engine.defineWorkflow({ name: 'child' }, async ({ input, step }) => {
  let value = input.n;
  for (let index = 0; index < 5; index += 1) value = await inc(step, `s${index}`, value);
  return value;
});
const parent = engine.defineWorkflow({ name: 'parent' }, ({ input, step }) =>
  Promise.all(
    Array.from({ length: input.count }, (_, i) => step.runWorkflow(child.workflow.spec, { n: i }, { name: `c${i}` })),
  ),
);
const worker = engine.newWorker({ concurrency: 50 });
await worker.start();
const run = async (workflow, input) => (await workflow.run(input)).result({ timeoutMs: 600_000 });
report(
  await measure(process.argv[2], {
    map: (count) => run(fan, { count }),
    steps: (count) => run(sequence, { count }),
    runs: (count) => Promise.all(Array.from({ length: count }, (_, i) => run(noop, { n: i }))),
    one: () => run(noop, { n: 1 }),
    children: (count) => run(parent, { count }),
  }),
);
