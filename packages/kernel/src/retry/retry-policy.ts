/**
 * The retry policy of a run: the number of retries and their delays.
 *
 * A user's options (`retries: 3, retryDelay: ['1s', '5s', '30s']`) are converted to one plain record where the task or flow is defined. The
 * engine and the rules both decide from that record, so that there is one formula.
 */
import { describeValue } from '../errors/describe-value.ts';
import { ConfigurationError } from '../errors/definition-errors.ts';
import type { RetryPolicy } from '../runs/flow-run.ts';
import { type Duration, parseDuration } from '../time/duration.ts';

/** `retryDelay` as a user writes it: one delay, a list whose last is repeated, or a function from the number of retries to a list. */
export type RetryDelay = Duration | readonly Duration[] | ((retries: number) => readonly Duration[]);

/** The retry options of a task or flow. */
export interface RetryOptions {
  readonly retries?: number | undefined;
  readonly retryDelay?: RetryDelay | undefined;
  /** How far above its delay a retry may be spread, as a share of it; null or zero for not at all. */
  readonly retryJitter?: number | null | undefined;
}

/** Prefect: no more than 50 delays can be configured. Retries past them repeat the last. */
const longestDelayList = 50;

/** No retries at all. */
export const noRetries: RetryPolicy = { retries: 0, retryDelaysMs: [], retryJitter: null };

/**
 * Reads the retry options of a task or flow.
 *
 * @param options what the user gave; all of them may be absent.
 * @param of whose they are, for the messages: `task 'fetch'`
 * @returns the policy, as plain data.
 * @throws {ConfigurationError} when `retries` is not a whole number of zero or more, `retryJitter` not a number of zero or more, or
 *   `retryDelay` more than 50 delays.
 * @throws {DurationError} when a delay is no duration.
 * @example
 * parseRetryPolicy({ retries: 3, retryDelay: ['1s', '5s'] }) // { retries: 3, retryDelaysMs: [1000, 5000], retryJitter: null }
 */
export function parseRetryPolicy(options: Readonly<RetryOptions>, of = ''): RetryPolicy {
  const field = (name: string): string => (of === '' ? name : `${name} of ${of}`);
  const { retries = 0, retryDelay, retryJitter = null } = options;
  if (!Number.isSafeInteger(retries) || retries < 0)
    refuse(field('retries'), retries, 'must be a whole number, zero or more');
  if (retryJitter !== null && !(Number.isFinite(retryJitter) && retryJitter >= 0))
    refuse(field('retryJitter'), retryJitter, 'must be a number, zero or more');
  return { retries, retryDelaysMs: parseDelays(retryDelay, retries, field), retryJitter };
}

function parseDelays(
  retryDelay: RetryDelay | undefined,
  retries: number,
  field: (name: string) => string,
): readonly number[] {
  if (retryDelay === undefined) return [];
  const given = typeof retryDelay === 'function' ? retryDelay(retries) : retryDelay;
  if (given instanceof Promise) {
    // It is refused, so no code awaits it: its rejection would end the process.
    given.catch(() => {});
    throw new ConfigurationError(`${field('retryDelay')} must give delays at once; got a promise.`, {
      field: field('retryDelay'),
    });
  }
  const list: readonly Duration[] = Array.isArray(given) ? given : [given as Duration];
  if (list.length > longestDelayList) {
    refuse(
      field('retryDelay'),
      list,
      `must not be more than ${longestDelayList} delays (the last is repeated for the retries after it)`,
    );
  }
  return list.map((delay, index) =>
    parseDuration(delay, field(list === given ? `retryDelay[${index}]` : 'retryDelay')),
  );
}

function refuse(field: string, value: unknown, why: string): never {
  const shown = Array.isArray(value) ? `${value.length} of them` : describeValue(value);
  throw new ConfigurationError(`${field} ${why}; got ${shown}.`, { field, value });
}

/** A century: what `parseDuration` takes at most. */
const longestDelayMs = 100 * 365.25 * 86_400_000;

/**
 * Delays that double: `first`, twice `first`, four times `first`, and so on, for as many retries as there are (50 at most).
 *
 * @param first the delay before the first retry, as a duration.
 * @returns a function for `retryDelay`. A delay that would be over 100 years stays at that.
 * @throws {DurationError} when `first` is no duration.
 * @example
 * task({ name: 'fetch', retries: 4, retryDelay: exponentialBackoff('1s') }, fetchIt) // 1 s, 2 s, 4 s, 8 s
 */
export function exponentialBackoff(first: Duration): (retries: number) => number[] {
  const firstMs = parseDuration(first, 'exponentialBackoff');
  return (retries) =>
    Array.from({ length: Math.min(Math.max(0, retries), longestDelayList) }, (_, index) =>
      Math.min(firstMs * 2 ** index, longestDelayMs),
    );
}
