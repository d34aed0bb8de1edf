/**
 * Durable sleep: the instant of waking is recorded, so that a restart sleeps only what is left.
 */
import { ConfigurationError, encodeValue, INSTANT_MAX, parseDuration } from '@millrace/kernel';
import type { Duration } from '@millrace/kernel';
import { pauseFor } from '../runs/interruptible-waits.ts';
import type { RunFuture } from '../futures/run-future.ts';
import { keyIn } from './wait-key.ts';
import { startWait } from '../execution/wait-run.ts';

/** The identity of a sleep among others. */
export interface SleepOptions {
  /** Its own within the body: needed where sleeps are side by side in branches whose order can't be seen. */
  readonly key?: string;
}

/**
 * Sleeps, over restarts: the instant of waking is fixed at the first call, however the duration is computed at later ones.
 *
 * @param duration milliseconds, or a string such as `'1d'`
 * @param options `key`: tells it from other sleeps of the body
 * @throws DurationError; ConfigurationError outside any run; RunCancelled when the run is cancelled meanwhile
 * @example
 * await sleep('1d');
 */
export function sleep(duration: Duration, options: SleepOptions = {}): RunFuture<void> {
  const durationMs = parseDuration(duration, 'sleep');
  return startSleep({ name: 'sleep', until: durationMs, wakeAt: (now) => now + durationMs }, options);
}

/**
 * Sleeps until an instant, over restarts. An instant that is past is over at once. The first call fixes it: one that is computed
 * from the clock is not another when the body is called again.
 *
 * @param date the instant, as a Date or epoch milliseconds
 * @param options `key`: tells it from other sleeps of the body
 * @throws ConfigurationError when it is none
 * @example
 * await sleepUntil(new Date('2030-01-01T00:00:00Z'));
 */
export function sleepUntil(date: Date | number, options: SleepOptions = {}): RunFuture<void> {
  const at = date instanceof Date ? date.getTime() : date;
  if (!Number.isFinite(at))
    throw new ConfigurationError(`sleepUntil() takes a Date or epoch milliseconds, not ${String(date)}.`);
  return startSleep({ name: 'sleepUntil', until: at, wakeAt: () => at }, options);
}

interface Sleep {
  readonly name: 'sleep' | 'sleepUntil';
  /** Milliseconds, or the instant. */
  readonly until: number;
  readonly wakeAt: (now: number) => number;
}

/** Two clocks are read between the call and its record. */
const RECORDED_WITHIN_MS = 100;

function startSleep({ name, until, wakeAt }: Sleep, options: SleepOptions): RunFuture<void> {
  const key = keyIn(name, options);
  return startWait<void>({
    call: { name, args: [until, ...(key === null ? [] : [options])] },
    name: 'sleep',
    kind: 'sleep',
    key,
    shown: [until],
    // It has no value: one that sleeps as long is as good.
    fits: ({ wakeAt: at, createdAt }) =>
      at !== null && Math.abs(at - Math.min(wakeAt(createdAt), INSTANT_MAX)) <= RECORDED_WITHIN_MS,
    wakeAt,
    reason: (record) => ({ kind: 'sleep', until: record.wakeAt ?? 0 }),
    until: async (run, record) => {
      const left = (record.wakeAt ?? 0) - run.engine.clock.now();
      if (left > 0) {
        run.enterIdle();
        await pauseFor(run, left).finally(() => run.leaveIdle());
      }
      return { outcome: encodeValue(undefined, 'sleep'), value: undefined };
    },
  });
}
