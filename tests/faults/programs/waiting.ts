/** Programs that write nothing for an hour: `waiting.ts HOW`. */
import './short-lease.ts';
import { existsSync, rmSync } from 'node:fs';
import { flow, serve, sleep } from 'millrace';

const database = process.env['MILLRACE_DATABASE_URL'] ?? '';
const hour = 3_600_000;

const sleeps = flow('sleeps', async () => {
  console.log('begun');
  await sleep(hour);
});
const nests = flow('nests', async () => await sleeps());
const idles = flow('idles', async () => {
  console.log('begun');
  await new Promise((resolve) => setTimeout(resolve, hour).unref());
});
const blocks = flow('blocks', async () => {
  for (const ending of ['', '-wal', '-shm']) rmSync(database + ending, { force: true });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
  console.log(existsSync(database) ? 'there again' : 'not there');
});

const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  sleeping: () => sleeps(),
  'sleeping with a key': () => sleeps.with({ idempotencyKey: 'once' })(),
  'in a nested flow': () => nests(),
  started: async () => await (await sleeps.start()).result(),
  'in a body that waits': () => idles(),
  serving: async () => {
    await sleeps.start();
    await serve(sleeps);
  },
  'blocking its loop': () => blocks(),
};

await ways[process.argv[2] ?? '']?.();
