/**
 * Ends a worker process when its parent process has died, in whatever way, and whatever the body does: a body that blocks its thread
 * would otherwise run for ever.
 */
import { Worker } from 'node:worker_threads';

const LOOK_EVERY_MS = 500;

/** As text: it has to begin at once, whatever loaders the program was started with. */
const watch = `
  const { workerData } = require('node:worker_threads');
  const isGone = () => {
    if (process.ppid !== workerData.parent) return true;
    try { process.kill(workerData.parent, 0); return false; } catch (error) { return error.code === 'ESRCH'; }
  };
  setInterval(() => { if (isGone()) process.kill(process.pid, 'SIGKILL'); }, workerData.everyMs);
`;

/** Between a write that found no reader and the look whether the parent has died: both end at the same moment, in any order. */
const SEEN_AFTER_MS = 200;

/** Watches from a thread of its own, which doesn't keep the process alive. */
export function watchParent(): void {
  const parent = process.ppid;
  process.on('disconnect', () => process.exit());
  // The reader of the output died with the parent. That is no failure of the body, so none is shown.
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
