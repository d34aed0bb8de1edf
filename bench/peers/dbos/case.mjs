/** The cases on DBOS, as its documentation writes them: steps of a workflow, child workflows, on a Postgres of its own. */
import { DBOS } from '@dbos-inc/dbos-sdk';
import { measure, report } from '../../case.ts';

const inc = (n) => DBOS.runStep(async () => n + 1, { name: 'inc' });
const fan = DBOS.registerWorkflow(async (count) => Promise.all(Array.from({ length: count }, (_, i) => inc(i))), { name: 'fan' });
const sequence = DBOS.registerWorkflow(
  async (count) => {
    let sum = 0;
    for (let index = 0; index < count; index += 1) sum = await inc(sum);
    return sum;
  },
  { name: 'sequence' },
);
const noop = DBOS.registerWorkflow(async (n) => n + 1, { name: 'noop' });
const child = DBOS.registerWorkflow(
  async (n) => {
    let value = n;
    for (let step = 0; step < 5; step += 1) value = await inc(value);
    return value;
  },
  { name: 'child' },
);
const parent = DBOS.registerWorkflow(async (count) => Promise.all(Array.from({ length: count }, (_, i) => child(i))), {
  name: 'parent',
});

DBOS.setConfig({ name: 'bench', systemDatabaseUrl: process.env.PEER_DATABASE_URL, runAdminServer: false, logLevel: 'error' });
await DBOS.launch();
const handles = (count) => Promise.all(Array.from({ length: count }, (_, i) => DBOS.startWorkflow(noop)(i)));
report(
  await measure(process.argv[2], {
    map: (count) => fan(count),
    steps: (count) => sequence(count),
    runs: async (count) => Promise.all((await handles(count)).map((handle) => handle.getResult())),
    one: () => noop(1),
    children: (count) => parent(count),
  }),
);
