/** Decides whether and when a failed attempt is followed by another one. Time and randomness are arguments. */
import type { RetryPolicy } from '../runs/flow-run.ts';
import { jitterDelay } from './jitter.ts';

/** The inputs of the decision beside the policy. */
export interface FailedAttempt {
  /** Which attempt failed: 1 for the first. */
  readonly attempt: number;
  /** The instant of the decision, in epoch milliseconds. */
  readonly now: number;
  /** A draw from [0, 1). */
  readonly random: () => number;
}

/** The attempt to come. */
export interface NextAttempt {
  /** Not before this instant, in epoch milliseconds; `now` when there is no delay. */
  readonly at: number;
  /** How long that is from now, in whole milliseconds. */
  readonly delayMs: number;
}

/**
 * Whether a failed attempt is followed by another one.
 *
 * @param policy how often a run is tried again.
 * @param attempt the attempt that failed: 1 for the first.
 */
export function hasRetriesLeft({ retries }: Pick<RetryPolicy, 'retries'>, attempt: number): boolean {
  return attempt <= retries;
}

/**
 * Decides on the attempt that follows a failed one.
 *
 * @param policy how often and after how long.
 * @param failed which attempt failed, and when.
 * @returns when to try again, or undefined when the retries are used up.
 * @example
 * nextAttempt({ retries: 2, retryDelaysMs: [1000], retryJitter: null }, { attempt: 1, now: 0, random }) // { at: 1000, delayMs: 1000 }
 */
export function nextAttempt(policy: RetryPolicy, failed: Readonly<FailedAttempt>): NextAttempt | undefined {
  const { attempt, now, random } = failed;
  if (!hasRetriesLeft(policy, attempt)) return undefined;
  const index = Math.min(Math.max(0, attempt - 1), policy.retryDelaysMs.length - 1);
  const delayMs = Math.round(jitterDelay(policy.retryDelaysMs[index] ?? 0, policy.retryJitter ?? 0, random));
  return { at: now + delayMs, delayMs };
}
