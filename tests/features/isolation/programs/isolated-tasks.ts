/** Tasks that run in threads and processes of their own; the module also runs a flow of its own, which workers must not repeat. */
import { threadId } from 'node:worker_threads';
import { context, flow, logger, task } from 'millrace';

export const where = task('where', (n: number) => ({ pid: process.pid, threadId, n }));
export const counting = task('counting', async function* (n: number) {
  for (let item = 0; item < n; item += 1) yield item;
});
export const spin = task({ name: 'spin', timeout: 200 }, (ms: number) => {
  const until = Date.now() + ms;
  while (Date.now() < until);
  return 'spun';
});
export const whoami = task('whoami', () => {
  const { flowRun, taskRun, attempt } = context();
  logger().info('from the worker');
  return [flowRun?.definitionName, taskRun?.definitionName, attempt];
});
export const failing = task('failing', () => {
  throw new RangeError('in the worker', { cause: new TypeError('why') });
});
export const dying = task('dying', () => {
  process.kill(process.pid, 'SIGKILL');
});
export const started = flow('started', () => 1);
export const starting = task('starting', async () => await started.start());

if (process.env.RUN_ISOLATED_MAIN === '1') {
  const main = flow('main', async () => (await where.with({ isolate: 'process' })(1)).pid !== process.pid);
  console.log('main', await main());
}
