/**
 * A process whose disk begins to fail: notes each acknowledged row, lets the fault in (`failing-disk-process.ts URL NOTES FAULT-FILE
 * FAULT`), takes it out again, and prints what became of the writes and reads meanwhile and after.
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
