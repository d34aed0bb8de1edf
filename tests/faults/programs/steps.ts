/**
 * A flow of COUNT steps of STEP_MS each, one after the other. `steps.ts start` starts it under a key and prints the result;
 * `serve` serves it until it is stopped; `resume ID` resumes one. EXIT_AT=n: the program exits with code 3 once step n has been
 * seen to be completed. SLOW_AT=n: step n takes SLOW_MS and prints the reason when it is aborted. KEY=: without a key. SLEEP_AT=n: the flow sleeps for an hour after step n. DIE_AT=n: the process kills itself in step n. BLOCK_AT=n: step n keeps the main loop busy for BLOCK_MS.
 */
import './short-lease.ts';
import { flow, resume, serve, sleep, task, type TaskContext } from 'millrace';
import { act } from '../../processes/body.ts';

const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
const count = number('COUNT', 10);
const [, , mode = 'start', runId = ''] = process.argv;

const work = task('work', async (n: number, { signal }: TaskContext) => {
  if (n === number('SLOW_AT', -1)) {
    signal.addEventListener('abort', () => console.log(`aborted ${(signal.reason as Error).name}`));
    process.on('SIGTERM', () => console.log('handing over'));
    return await act(`work(${n})`, n, number('SLOW_MS', 0));
  }
  if (n === number('BLOCK_AT', -1)) {
    console.log('blocked');
    // Nothing else of this thread runs meanwhile, as in a long computation; and no other test is starved by it.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, number('BLOCK_MS', 0));
  }
  if (n === number('DIE_AT', -1)) process.kill(process.pid, 'SIGKILL');
  return await act(`work(${n})`, n, number('STEP_MS', 2));
});

const steps = flow({ name: 'steps', crashRetries: number('CRASH_RETRIES', 10) }, async (times: number) => {
  console.log('begun');
  let total = 0;
  for (let n = 0; n < times; n += 1) {
    total += await work(n);
    console.log(`done ${n}.`);
    if (n === number('EXIT_AT', -1)) process.exit(3);
    if (n === number('SLEEP_AT', -1)) await sleep('1h');
  }
  return total;
});

if (mode === 'serve') {
  console.log('serving');
  await serve(steps);
} else {
  const key = process.env['KEY'] ?? 'once';
  const started = key === '' ? steps : steps.with({ idempotencyKey: key });
  const run = mode === 'resume' ? await resume<number>(runId) : await started.start(count);
  console.log(`id ${run.id}`);
  try {
    console.log(`result ${await run.result()}`);
  } catch (error) {
    console.log(`failed ${(error as Error).name}: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
