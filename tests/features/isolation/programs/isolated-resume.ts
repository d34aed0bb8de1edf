/** An isolated body that is interrupted between the runs it starts, by the death of the program that called it. */
import { flow, step, task } from 'millrace';

const say = (what: string) => void process.stdout.write(`${what}\n`);

export const child = task({ name: 'child', isolate: 'inline' }, (n: number) => {
  say(`child ${n}`);
  return n;
});
export const outer = task({ name: 'outer', isolate: 'process' }, async () => {
  await step('first', () => say('first'));
  const values = await child.map([1, 2]);
  say('halfway');
  if (process.env['STOP_HALFWAY'] === '1') await new Promise(() => {});
  return [...values, await child(3)];
});

if (process.env['RUN_MAIN'] === '1') {
  const main = flow('main', async () => await outer());
  const handle = await main.with({ idempotencyKey: 'once' }).start();
  say(`result ${JSON.stringify(await handle.result())}`);
}
