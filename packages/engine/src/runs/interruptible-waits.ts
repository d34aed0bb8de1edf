/**
 * Waits of the engine's own that end early when their run is aborted.
 */
import type { PlaceHolder, Run } from './model.ts';
import { noteNap } from './timed-waits.ts';

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
  /** What is waited for, where that is another run. */
  readonly why?: string;
}

/** `pauseFor` that ends early when `woken` resolves. */
export function pauseUntil(run: Run, { delayMs, woken, why }: Pause): Promise<void> {
  return new Promise((resolve, reject) => {
    const { clock } = run.runtime;
    const noted = noteNap(run, { dueAt: clock.now() + delayMs, why: why ?? null });
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

/** `pauseFor` with the body's place lent out. Who is aborted does not wait for it to come back: that may take long. */
export function pauseWithout(place: PlaceHolder | null, run: Run, delayMs: number): Promise<void> {
  return napWithout(place, run, { delayMs });
}

/** `pauseWithout` that ends early when `woken` resolves. */
export async function napWithout(place: PlaceHolder | null, run: Run, pause: Pause): Promise<void> {
  place?.suspend();
  try {
    await pauseUntil(run, pause);
  } finally {
    await placeBack(place, run);
  }
}

/** Takes the place again that was lent out; rejects with the abort's reason before. */
export async function placeBack(place: PlaceHolder | null, run: Run): Promise<void> {
  const resumed = place?.resume();
  if (resumed !== undefined) await untilAborted(run, resumed);
}

/**
 * What a user's function gives that is no body (a hook, a storage, a schema), or undefined once the run is cancelled, or lost,
 * and its grace is over: such a function can't be ended, only left.
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
