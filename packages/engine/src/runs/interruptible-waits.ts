/** Waits of the engine that end early when their run is aborted. */
import type { Permit, Run } from './model.ts';
import { noteTimedWait } from './timed-waits.ts';

/** The promise, or a rejection with the abort's reason, whichever comes first. */
export function untilAborted<T>(run: Run, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const registration = run.onAbort(reject);
    promise.then(resolve, reject).finally(() => registration.remove());
  });
}

/** Resolves after this long; rejects with the abort's reason before. */
export function pauseFor(run: Run, delayMs: number): Promise<void> {
  return pauseUntil(run, { delayMs });
}

/** A pause that may end early. */
export interface Pause {
  readonly delayMs: number;
  /** Ends it. */
  readonly woken?: Promise<void>;
  /** The reason of the wait if it is another run. */
  readonly why?: string;
}

/** `pauseFor` that ends early when `woken` resolves. */
export function pauseUntil(run: Run, { delayMs, woken, why }: Pause): Promise<void> {
  return new Promise((resolve, reject) => {
    const { clock } = run.runtime;
    const noted = noteTimedWait(run, { dueAt: clock.now() + delayMs, why: why ?? null });
    const end = (): void => {
      timer.cancel();
      registration.remove();
      noted();
      resolve();
    };
    const timer = clock.setTimer(delayMs, end);
    void woken?.then(end);
    const registration = run.onAbort((reason) => {
      timer.cancel();
      noted();
      reject(reason);
    });
  });
}

/** `pauseFor` with the permit of the body given back. An aborted body does not wait for its permit, because that may take long. */
export function pauseWithoutPermit(permit: Permit | null, run: Run, delayMs: number): Promise<void> {
  return pauseUntilWithoutPermit(permit, run, { delayMs });
}

/** `pauseWithoutPermit` that ends early when `woken` resolves. */
export async function pauseUntilWithoutPermit(permit: Permit | null, run: Run, pause: Pause): Promise<void> {
  permit?.suspend();
  try {
    await pauseUntil(run, pause);
  } finally {
    await takePermitBack(permit, run);
  }
}

/** Takes the permit back; rejects with the abort's reason before. */
export async function takePermitBack(permit: Permit | null, run: Run): Promise<void> {
  const resumed = permit?.resume();
  if (resumed !== undefined) await untilAborted(run, resumed);
}

/**
 * The result of a user function that is no body (a hook, a storage, a schema), or undefined once the run is cancelled or its lease lost
 * and the grace is over: such a function can't be ended, only abandoned.
 */
export function withinGrace<T>(run: Run, given: T | PromiseLike<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let grace: { cancel(): void } | undefined;
    const registration = run.onStop(() => {
      grace = run.runtime.clock.setTimer(run.runtime.cancelGraceMs, () => resolve(undefined));
    });
    Promise.resolve(given)
      .then(resolve, reject)
      .finally(() => {
        registration.remove();
        grace?.cancel();
      });
  });
}
