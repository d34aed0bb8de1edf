/**
 * Users' functions that are no bodies, such as a storage's `put` or `retryWhen`: awaited, and for so long only. A run would wait
 * for one that never settles for ever, because nothing else ends it.
 */
import { CallbackTimeout } from '@millrace/kernel';
import type { Runtime } from './model.ts';

/**
 * What the function gives, once that has settled.
 *
 * @param what how messages call it: `put of storage 'shelf'`
 * @throws CallbackTimeout when it has not settled within the `callbackTimeoutMs` of the settings
 */
export function settledInTime<T>(runtime: Runtime, what: string, call: () => T | PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timeoutMs = runtime.callbackTimeoutMs;
    const timer = runtime.clock.setTimer(timeoutMs, () => reject(new CallbackTimeout({ what, timeoutMs })));
    (async () => await call())()
      .then(resolve, reject)
      .finally(() => timer.cancel());
  });
}

/** For a value that is refused because it is a promise: its rejection would end the process, and no code awaits it. */
export function leaveHandled(value: unknown): void {
  if (typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function')
    Promise.resolve(value as PromiseLike<unknown>).catch(() => {});
}
