/**
 * Calls user functions that are no bodies, such as `put` of a storage or `retryWhen`, with a timeout. Without one, a run would wait for
 * ever for a function that never settles.
 */
import { CallbackTimeout } from '@millrace/kernel';
import type { Runtime } from './model.ts';

/**
 * The result of the function, once it has settled.
 *
 * @param what its name in messages: `put of storage 'shelf'`
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

/** Handles the rejection of a promise that is refused as a value, because no code awaits it and it would end the process. */
export function leaveHandled(value: unknown): void {
  if (typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function')
    Promise.resolve(value as PromiseLike<unknown>).catch(() => {});
}
