/**
 * Waits of the engine's own that end early when their run is aborted.
 */

/** The promise, or a rejection with the abort's reason, whichever comes first. */
import type { Run } from './model.ts';
export function untilAborted<T>(run: Run, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const registration = run.onAbort(reject);
    promise.then(resolve, reject).finally(() => registration.remove());
  });
}

/** Resolves after this long; rejects with the abort's reason before. */
export function pauseFor(run: Run, delayMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = run.engine.clock.setTimer(delayMs, () => {
      registration.remove();
      resolve();
    });
    const registration = run.onAbort((reason) => {
      timer.cancel();
      reject(reason);
    });
  });
}
