/** A flow over isolated tasks, in a program that is stopped from outside. */
import { once } from 'node:events';
import { context, flow, task } from 'millrace';

const isolate = process.env['ISOLATE'] === 'thread' ? 'thread' : 'process';

export const spins = task({ name: 'spins', isolate }, () => {
  process.stdout.write(`body ${process.pid}\n`);
  for (;;);
});
export const waits = task({ name: 'waits', isolate }, async () => {
  const { signal } = context();
  setInterval(() => {}, 1_000);
  process.stdout.write(`body ${process.pid}\n`);
  await once(signal, 'abort');
  process.stdout.write('cleaned up\n');
});

if (process.env['RUN_MAIN'] === '1') {
  const main = flow('main', async () => await (process.env['BODY'] === 'spins' ? spins() : waits()));
  await main();
}
