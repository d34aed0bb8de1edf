/**
 * A process whose disk fails for a while: `failing-disk-process.ts URL NOTES FAULT-FILE FAULT`. Writes 20 rows and notes each acknowledged
 * id in NOTES; creates FAULT-FILE, writes, removes it; writes and reads again; prints the three outcomes.
 */
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { openStore } from '../index.ts';
import { taskRun } from './harness.ts';

const [, , url = '', notes = '', faultFile = '', fault = ''] = argv;
const store = await openStore({ url, retryMaxMs: 500 });
let index = 0;
const put = async () => {
  index += 1;
  const id = `row-${index}`;
  await store.putTaskRun(taskRun({ id, outcome: 'x'.repeat(5_000) }), null);
  appendFileSync(notes, `${id}\n`);
};
const outcomeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: { code?: string; details?: { problem?: string } }) => `${error.code} ${error.details?.problem}`,
  );
for (let count = 0; count < 20; count += 1) await put();
writeFileSync(faultFile, fault);
const during = await outcomeOf(put());
rmSync(faultFile);
const after = await outcomeOf(put());
const reading = await outcomeOf(store.read(({ taskRuns }) => taskRuns.get('row-1')));
await store.close();
console.log(JSON.stringify({ during, after, reading }));
