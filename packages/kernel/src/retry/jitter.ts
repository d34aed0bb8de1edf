/**
 * Jitter on a delay: Prefect's clamped Poisson draw.
 *
 * The delay becomes the inter-arrival time of a Poisson process of that mean, cut off at both ends: above at `1 + factor`
 * times the delay, below where as much probability lies between the lower end and the median as between the median and
 * the upper end. The mean so stays near the delay, and many runs that failed together come back apart.
 */

/** From here on 2^k - 1 and 2^k are too close to tell apart in a double, and the lower end is nil. */
const widestMultiple = 50;

/** Between which multiples of the delay a draw lies. */
export interface JitterBounds {
  readonly lower: number;
  readonly upper: number;
}

/**
 * The bounds of a jittered delay, as multiples of it.
 *
 * @param factor zero or more. Zero leaves nothing to chance: both bounds are 1.
 */
export function jitterBounds(factor: number): JitterBounds {
  const upper = 1 + factor;
  if (upper >= widestMultiple) return { lower: 0, upper };
  return { lower: Math.log2(2 ** upper / (2 ** upper - 1)), upper };
}

/**
 * Draws a jittered delay.
 *
 * @param delayMs the delay to spread; zero stays zero.
 * @param factor how far above it a draw may go, as a share of it; zero or more.
 * @param random a draw from [0, 1).
 * @returns milliseconds, not rounded, within `jitterBounds(factor)` times the delay.
 */
export function jitterDelay(delayMs: number, factor: number, random: () => number): number {
  if (delayMs <= 0 || factor === 0) return Math.max(0, delayMs);
  const { lower, upper } = jitterBounds(factor);
  const lowest = 1 - Math.exp(-lower);
  const highest = 1 - Math.exp(-upper);
  const drawn = -Math.log1p(-(lowest + (highest - lowest) * random()));
  // 1 - e^-upper rounds to 1 for a great factor, and its logarithm has no end.
  return Math.min(upper, Math.max(lower, drawn)) * delayMs;
}
