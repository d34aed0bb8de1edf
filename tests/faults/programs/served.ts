/**
 * Flows that a serving process takes up. `served.ts serve` serves them until it is stopped; `start FLOW COUNT` starts COUNT runs
 * of one of them under keys of their own, says so, and waits for them.
 */
import './short-lease.ts';
import { flow, type RunView, serve, sleep, type State, task, waitForSignal } from 'millrace';
import { act, note } from '../../processes/body.ts';

const [, , mode, name = '', count = '1'] = process.argv;

const work = task('work', async (what: string, n: number) => await act(`${what} ${n}`, n, 20));
const deadly = task('deadly', async (run: number) => {
  await act(`deadly ${run}`, 0, 0);
  process.kill(process.pid, 'SIGKILL');
});

const many = flow('many', async (run: number) => {
  let total = 0;
  for (let n = 0; n < 10; n += 1) total += await work(`many ${run}`, n);
  return total;
});
const sleeper = flow('sleeper', async (run: number) => {
  const before = await work(`sleeper ${run}`, 1);
  await sleep(1_500);
  return before + (await work(`sleeper ${run}`, 2));
});
const approval = flow('approval', async (run: number) => {
  await work(`approval ${run}`, 1);
  const { by } = await waitForSignal<{ by: string }>('approved');
  return by;
});
/** Takes STEP_MS. */
const slow = task('slow', async (run: number) => await act(`slow ${run}`, 2, Number(process.env['SLOW_MS'] ?? 20)));
const long = flow('long', async (run: number) => (await work(`long ${run}`, 1)) + (await slow(run)));
const onCrashed = (run: RunView, state: State): void => note(`hook: ${run.definitionName} is ${state.name}`, run.id);
const hopeless = flow({ name: 'hopeless', crashRetries: 2, onCrashed }, async (run: number) => {
  await deadly(run);
});

const flows = { many, sleeper, approval, hopeless, long };

if (mode === 'serve') {
  const serving = serve(many, sleeper, approval, hopeless, long);
  console.log('serving');
  await serving;
} else {
  const definition = flows[name as keyof typeof flows];
  const runs = Array.from({ length: Number(count) }, (_, run) =>
    definition.with({ idempotencyKey: `run-${run}` }).start(run),
  );
  const handles = await Promise.all(runs);
  console.log('started');
  await Promise.all(handles.map((handle) => handle.result()));
  console.log('all ended');
}
