/** Programs whose exit code says how they ended: `exits.ts HOW`. */
import { setTimeout as wait } from 'node:timers/promises';
import { flow, task } from 'millrace';

const fails = flow('fails', async () => {
  throw new Error('nothing was done');
});
const long = task('long', async () => await wait(60_000));

const ways: Readonly<Record<string, () => unknown>> = {
  unawaited: () => void fails(),
  started: async () => void (await fails.start()),
  'started-task': () => void task('bad', () => Promise.reject(new Error('bad'))).submit(),
  'looked-at-late': async () => {
    const run = await fails.start();
    while (process.exitCode === undefined && !isPrinted) await wait(10);
    await run.result().catch(() => {});
  },
  'looked-at': async () => void (await (await fails.start()).result().catch(() => {})),
  'own-code': async () => {
    await fails.start();
    process.exitCode = 7;
  },
  'exit-under-way': async () => {
    long.submit();
    await wait(50);
    process.exit(0);
  },
};

let isPrinted = false;
const { stderr } = process;
const write = stderr.write.bind(stderr);
stderr.write = ((chunk: string) => {
  isPrinted ||= chunk.includes('was not looked at');
  return write(chunk);
}) as typeof stderr.write;

await ways[process.argv[2] ?? '']?.();
