/**
 * Durable sleep: the instant of waking is recorded, so that a restart sleeps only what is left.
 */
import { ConfigurationError, encodeValue, parseDuration } from '@millrace/kernel';
import type { Duration } from '@millrace/kernel';
import { pauseFor } from '../run/interruptible.ts';
import { startWait } from './wait-run.ts';

/**
 * Sleeps, over restarts: the waking time is recorded at the first call.
 *
 * @param duration milliseconds, or text such as `'1d'`
 * @throws DurationError; ConfigurationError outside any run; RunCancelled when the run is cancelled meanwhile
 * @example
 * await sleep('1d');
 */
export function sleep(duration: Duration): Promise<void> {
  const durationMs = parseDuration(duration, 'sleep');
  return startSleep('sleep', durationMs, (now) => now + durationMs);
}

/**
 * Sleeps until an instant, over restarts. An instant that is past is over at once.
 *
 * @param date the instant, as a Date or epoch milliseconds
 * @throws ConfigurationError when it is none
 * @example
 * await sleepUntil(new Date('2030-01-01T00:00:00Z'));
 */
export function sleepUntil(date: Date | number): Promise<void> {
  const at = date instanceof Date ? date.getTime() : date;
  if (!Number.isFinite(at))
    throw new ConfigurationError(`sleepUntil() takes a Date or epoch milliseconds, not ${String(date)}.`);
  return startSleep('sleepUntil', at, () => at);
}

function startSleep(name: 'sleep' | 'sleepUntil', identity: number, wakeAt: (now: number) => number): Promise<void> {
  return startWait<void>({
    call: { name, args: [identity] },
    name: 'sleep',
    kind: 'sleep',
    identity: [identity],
    wakeAt,
    reason: (record) => ({ kind: 'sleep', until: record.wakeAt ?? 0 }),
    until: async (run, record) => {
      const left = (record.wakeAt ?? 0) - run.engine.clock.now();
      if (left > 0) {
        run.enterQuiet();
        await pauseFor(run, left).finally(() => run.leaveQuiet());
      }
      return { outcome: encodeValue(undefined, 'sleep'), value: undefined };
    },
  });
}
