/** A pause that ends at once when its service is stopped. */
import type { Timers } from '../adapters/host.ts';

/** Resolves after `delayMs` on these timers, or as soon as the signal is aborted. Leaves no timer and no listener. */
export function pauseUnlessAborted(timers: Timers, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = () => {
      timer.cancel();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const timer = timers.setTimer(delayMs, wake);
    signal?.addEventListener('abort', wake);
  });
}
