/** The machine's parts that a test engine uses: its event loop, a digest, and a seedless randomness for ids. */
import { getRandomValues, hash } from 'node:crypto';
import type { Clock } from '@millrace/kernel';

export function randomBytes(length: number): Uint8Array {
  return getRandomValues(new Uint8Array(length));
}

export function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}

/** Resolves when the event loop has come round: promises and immediates of now have run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The machine's clock, for tests with real time. */
export const machineClock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs: number, callback: () => void) {
    const timer = setTimeout(callback, Math.max(0, delayMs));
    return { cancel: () => clearTimeout(timer) };
  },
};
