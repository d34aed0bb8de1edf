/** A process of its own that writes to one file with others: started by sqlite-processes.test.ts. */
import { argv } from 'node:process';
import { openStore } from '../index.ts';
import { taskRun } from './harness.ts';

const [, , url = '', name = '', count = '0'] = argv;
const store = await openStore({ url });
for (let index = 0; index < Number(count); index += 1) {
  await store.putTaskRun(taskRun({ id: `${name}-${index}`, flowRunId: name }), null);
  await store.write(async ({ variables }) => {
    const before = Number((await variables.get('count'))?.value ?? 0);
    await variables.set({ name: 'count', value: `${before + 1}`, tags: [], overwrite: true });
  });
}
await store.close();
