/** Runs that sleep and share a limit, served by several processes. argv: serve | start COUNT. */
import { concurrency, concurrencyLimit, flow, serve, sleep, task } from 'millrace';

const step = task('step', (number: number) => number);

const limited = flow({ name: 'limited', crashRetries: 100 }, async (run: number) => {
  for (let turn = 0; turn < 3; turn += 1) {
    await sleep(50 + 10 * (run % 5));
    await concurrency('shared', { timeout: '10m' }, async () => await step(turn));
  }
  return run;
});

const [role, count] = process.argv.slice(2);
if (role === 'serve') await serve(limited);
else {
  await concurrencyLimit.set('shared', { limit: 5 });
  await Promise.all(Array.from({ length: Number(count) }, async (_, run) => (await limited.start(run)).id));
  process.stdout.write('started\n');
}
