/**
 * The machine's clock, for the engine.
 */
import * as timers from 'node:timers';
import type { Clock, TimerHandle } from '@millrace/kernel';

/** The functions at the time this module was loaded, because a test's fake timers would stop every run. */
const { clearTimeout, setTimeout } = timers;
const { now } = Date;
const sinceStart = performance.now.bind(performance);

/** Node's timers take at most 2^31 - 1 ms; longer ones are set in steps. */
const TIMER_MAX_MS = 2_147_483_647;

/** Milliseconds since the process started, from a clock that can't be set. */
export const monotonic = (): number => sinceStart();

export const machineClock: Clock = {
  now: () => now(),
  setTimer(delayMs: number, callback: () => void): TimerHandle {
    const dueAt = now() + delayMs;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = dueAt - now();
      timer = left > TIMER_MAX_MS ? setTimeout(arm, TIMER_MAX_MS) : setTimeout(callback, Math.max(0, left));
    };
    arm();
    return { cancel: () => clearTimeout(timer) };
  },
};
