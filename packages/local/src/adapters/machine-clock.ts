/**
 * The machine's clock, as the engine is handed it.
 */
import type { Clock, TimerHandle } from '@millrace/kernel';

/** Node's timers take at most 2^31 - 1 ms; longer ones are set in several goes. */
const TIMER_MAX_MS = 2_147_483_647;

/** Milliseconds since the process began: nobody can set it. */
export const monotonic = (): number => performance.now();

export const machineClock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs: number, callback: () => void): TimerHandle {
    const dueAt = Date.now() + delayMs;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = dueAt - Date.now();
      timer = left > TIMER_MAX_MS ? setTimeout(arm, TIMER_MAX_MS) : setTimeout(callback, Math.max(0, left));
    };
    arm();
    return { cancel: () => clearTimeout(timer) };
  },
};
