/** The machine's clock, timers and randomness. The store gets them from here only; a simulation passes its own. */
import { randomUUID } from 'node:crypto';
import * as timers from 'node:timers';

/** As they were when this module was loaded: the fake timers of a test stand still, and every run would with them. */
const { clearTimeout, setImmediate, setTimeout } = timers;
const { now } = Date;

/** Timers as the kernel's Clock has them. */
export interface Timers {
  setTimer(delayMs: number, callback: () => void): { cancel(): void };
}

/** The services of the process that the store runs in. */
export interface StoreHost {
  /** Its timers keep the process alive, because callers wait for their results. On SQLite `now` is the database's clock. */
  readonly clock: Timers & { now(): number };
  /** Timers that do not keep the process alive, for polling. */
  readonly background: Timers;
  /** Calls back when the present work of the event loop is done. */
  defer(callback: () => void): void;
  /** From 0 up to 1, for jitter. */
  random(): number;
  /** Unique over all processes. */
  uniqueId(): string;
}

/** The host of a real process. */
export const machineHost: StoreHost = {
  clock: {
    now: () => now(),
    setTimer(delayMs: number, callback: () => void) {
      const timer = setTimeout(callback, delayMs);
      return { cancel: () => clearTimeout(timer) };
    },
  },
  background: {
    setTimer(delayMs: number, callback: () => void) {
      const timer = setTimeout(callback, delayMs).unref();
      return { cancel: () => clearTimeout(timer) };
    },
  },
  defer(callback) {
    setImmediate(callback);
  },
  random: () => Math.random(),
  uniqueId: () => randomUUID(),
};

/** Resolves after `delayMs` on the given timers. */
export function pause(on: Timers, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    on.setTimer(delayMs, resolve);
  });
}
