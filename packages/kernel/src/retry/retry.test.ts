import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jitterBounds, jitterDelay } from './jitter.ts';
import { nextAttempt } from './next-attempt.ts';
import { exponentialBackoff, parseRetryPolicy } from './retry-policy.ts';

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const half = (): number => 0.5;

describe('a retry policy', () => {
  it.each([
    [{}, { retries: 0, retryDelaysMs: [], retryJitter: null }],
    [{ retries: 2 }, { retries: 2, retryDelaysMs: [], retryJitter: null }],
    [
      { retries: 2, retryDelay: 250 },
      { retries: 2, retryDelaysMs: [250], retryJitter: null },
    ],
    [
      { retries: 2, retryDelay: '5s', retryJitter: 0.5 },
      { retries: 2, retryDelaysMs: [5000], retryJitter: 0.5 },
    ],
    [
      { retries: 3, retryDelay: ['1s', 5000, '30s'] },
      { retries: 3, retryDelaysMs: [1000, 5000, 30_000], retryJitter: null },
    ],
    [
      { retries: 4, retryDelay: exponentialBackoff('1s') },
      { retries: 4, retryDelaysMs: [1000, 2000, 4000, 8000], retryJitter: null },
    ],
    [
      { retries: 2, retryDelay: (retries: number) => [retries * 10] },
      { retries: 2, retryDelaysMs: [20], retryJitter: null },
    ],
  ])('reads %j', (options, policy) => {
    expect(parseRetryPolicy(options as Parameters<typeof parseRetryPolicy>[0])).toEqual(policy);
  });

  it.each([
    ['retries', { retries: -1 }],
    ['retries', { retries: 1.5 }],
    ['retries', { retries: Number.POSITIVE_INFINITY }],
    ['retryJitter', { retryJitter: -0.1 }],
    ['retryJitter', { retryJitter: Number.NaN }],
    ['retryDelay', { retryDelay: Array.from({ length: 51 }, () => 1) }],
  ])('names %s when it refuses %j', (field, options) => {
    expect(() => parseRetryPolicy(options)).toThrow(
      expect.objectContaining({ code: 'ConfigurationError', details: expect.objectContaining({ field }) }),
    );
  });

  it('names the delay at fault', () => {
    expect(() => parseRetryPolicy({ retryDelay: ['1s', '-1s'] })).toThrow(/^retryDelay\[1\] must not be negative/);
    expect(() => exponentialBackoff(-1)).toThrow(/exponentialBackoff/);
  });

  it('of exponential backoff doubles each delay, 50 of them at most, none over a century', () => {
    const delays = exponentialBackoff('1s')(200);
    expect(delays).toHaveLength(50);
    expect(delays.slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
    expect(parseRetryPolicy({ retries: 200, retryDelay: exponentialBackoff('1h') }).retryDelaysMs).toHaveLength(50);
  });
});

describe('the next attempt', () => {
  const policy = parseRetryPolicy({ retries: 4, retryDelay: [10, 20] });

  it.each([
    [1, 10],
    [2, 20],
    [3, 20],
    [4, 20],
    [5, undefined],
    [99, undefined],
  ])('after attempt %i comes in %s ms: the last delay is repeated', (attempt, delayMs) => {
    const next = nextAttempt(policy, { attempt, now: 1000, random: half });
    expect(next).toEqual(delayMs === undefined ? undefined : { at: 1000 + delayMs, delayMs });
  });

  it('comes at once when there is no delay, jitter or not', () => {
    expect(nextAttempt(parseRetryPolicy({ retries: 1, retryJitter: 2 }), { attempt: 1, now: 7, random: half })).toEqual(
      { at: 7, delayMs: 0 },
    );
  });

  it('is allowed exactly as many times as there are retries, and never before now', () => {
    fc.assert(
      fc.property(
        fc.nat(60),
        fc.array(fc.nat(100_000), { maxLength: 50 }),
        fc.double({ min: 0, max: 60, noNaN: true }),
        unit,
        (retries, retryDelay, retryJitter, drawn) => {
          const each = parseRetryPolicy({ retries, retryDelay, retryJitter });
          for (let attempt = 1; attempt <= retries + 1; attempt++) {
            const next = nextAttempt(each, { attempt, now: 5, random: () => drawn });
            expect(next !== undefined).toBe(attempt <= retries);
            if (next !== undefined) expect(next.at).toBeGreaterThanOrEqual(5);
          }
        },
      ),
    );
  });
});

describe('jitter', () => {
  it('stays within its bounds, whatever is drawn', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e9, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.oneof(unit, fc.constantFrom(0, 1)),
        (delayMs, factor, drawn) => {
          const { lower, upper } = jitterBounds(factor);
          const delay = jitterDelay(delayMs, factor, () => drawn);
          expect(delay).toBeGreaterThanOrEqual(lower * delayMs * (1 - 1e-9));
          expect(delay).toBeLessThanOrEqual(upper * delayMs * (1 + 1e-9));
        },
      ),
    );
  });

  it('has the bounds that Prefect gives', () => {
    // log2(2^1.3 / (2^1.3 - 1)), computed by hand.
    expect(jitterBounds(0.3).lower).toBeCloseTo(0.751_6, 3);
    expect(jitterBounds(0.3).upper).toBe(1.3);
    expect(jitterBounds(1)).toEqual({ lower: Math.log2(4 / 3), upper: 2 });
    expect(jitterBounds(49)).toEqual({ lower: 0, upper: 50 });
    expect(jitterBounds(0)).toEqual({ lower: 1, upper: 1 });
  });

  it.each([0.1, 0.3, 1, 3, 10])(
    'of factor %d leaves the mean near the delay and falls on both sides of it',
    (factor) => {
      // The draw is monotone in the random number, so an even grid of them gives the mean without chance.
      const draws = Array.from({ length: 10_000 }, (_, index) =>
        jitterDelay(1000, factor, () => (index + 0.5) / 10_000),
      );
      const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
      expect(mean).toBeGreaterThan(900);
      expect(mean).toBeLessThan(1100);
      expect(draws[0]).toBeLessThan(1000);
      expect(draws.at(-1)).toBeGreaterThan(1000);
    },
  );

  it('of zero changes nothing', () => {
    expect(jitterDelay(1234, 0, half)).toBe(1234);
    expect(jitterDelay(0, 3, half)).toBe(0);
  });
});
