/**
 * A process that puts rows into a file that others write too, and notes each one in a file of its own the moment it is
 * acknowledged. Any error ends it with 1. Started by faults/many-processes.test.ts.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { argv } from 'node:process';
import { openStore } from '../index.ts';
import { taskRun } from './harness.ts';

const [, , url = '', name = '', count = '0', notes = ''] = argv;
/** Puts under way at once: as a map of that width has them. */
const width = 10;
const store = await openStore({ url });
const noted = openSync(notes, 'a');
for (let start = 0; start < Number(count); start += width) {
  const puts = Array.from({ length: Math.min(width, Number(count) - start) }, async (_, offset) => {
    const index = start + offset;
    await store.putTaskRun(taskRun({ id: `${name}-${index}`, flowRunId: name }), null);
    writeSync(noted, `${index}\n`);
  });
  await Promise.all(puts);
}
closeSync(noted);
await store.close();
