/** The parts of the machine that a test engine uses: the event loop, a digest, and unseeded randomness for ids. */
import { getRandomValues, hash } from 'node:crypto';
import * as timers from 'node:timers';
import type { Clock } from '@millrace/kernel';

/** The functions at the time this module was loaded, because a test's fake timers would stop every run. */
const { clearTimeout, setImmediate, setTimeout } = timers;
const { now } = Date;

export function randomBytes(length: number): Uint8Array {
  return getRandomValues(new Uint8Array(length));
}

export function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}

/** Resolves after one turn of the event loop: pending promises and immediates have run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Node's timers take at most 2^31 - 1 ms and fire at once for more. */
const timerMaxMs = 2_147_483_647;

/** The machine's clock, for tests with real time. */
export const machineClock: Clock = {
  now: () => now(),
  setTimer(delayMs: number, callback: () => void) {
    const dueAt = now() + delayMs;
    let timer: NodeJS.Timeout | undefined;
    // Longer timers are set in steps.
    const go = (): void => {
      const leftMs = Math.max(0, dueAt - now());
      timer = leftMs > timerMaxMs ? setTimeout(go, timerMaxMs) : setTimeout(callback, leftMs);
    };
    go();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** A timer in real time. `keepsAlive: false`: the process may end before it fires. */
export function setRealTimer(
  delayMs: number,
  callback: () => void,
  options: { readonly keepsAlive: boolean },
): { cancel(): void } {
  const timer = setTimeout(callback, delayMs);
  if (!options.keepsAlive) timer.unref();
  return { cancel: () => clearTimeout(timer) };
}

/** Writes to the output of the test. */
export function warn(text: string): void {
  process.stderr.write(text);
}
