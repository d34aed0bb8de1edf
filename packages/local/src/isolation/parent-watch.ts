/**
 * Ends a worker process when its parent has ended, whatever the cause and even if a body blocks the worker's main loop: without this such
 * a worker would run for ever.
 */
import { Worker } from 'node:worker_threads';

const LOOK_EVERY_MS = 500;

/** As a string, so that it starts at once without the loaders that the program was started with. */
const watch = `
  const { workerData } = require('node:worker_threads');
  const isGone = () => {
    if (process.ppid !== workerData.parent) return true;
    try { process.kill(workerData.parent, 0); return false; } catch (error) { return error.code === 'ESRCH'; }
  };
  setInterval(() => { if (isGone()) process.kill(process.pid, 'SIGKILL'); }, workerData.everyMs);
`;

/** The delay between a failed write and the check of the parent, because pipe and parent end at the same moment in any order. */
const SEEN_AFTER_MS = 200;

/** Watches the parent from a thread, which doesn't keep the process alive. */
export function watchParent(): void {
  const parent = process.ppid;
  process.on('disconnect', () => process.exit());
  // The reader of the parent's output ends with the parent. That is not a failure of the body, so no error is shown.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error) => {
      setTimeout(() => {
        if (process.ppid !== parent) process.exit();
        throw error;
      }, SEEN_AFTER_MS);
    });
  const options = { eval: true, execArgv: [], workerData: { parent, everyMs: LOOK_EVERY_MS } };
  new Worker(watch, options).unref();
}
