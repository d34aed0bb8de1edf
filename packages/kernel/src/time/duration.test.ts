import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

const century = 100 * 365.25 * 86_400_000;

describe('a duration', () => {
  it.each([
    [0, 0],
    [1500, 1500],
    [0.4, 0],
    ['250ms', 250],
    ['5s', 5000],
    ['1.5s', 1500],
    ['0.1s', 100],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1.1h', 3_960_000],
    ['1d', 86_400_000],
    ['1h30m', 5_400_000],
    ['1d2h3m4s5ms', 93_784_005],
    [' 1h 30m ', 5_400_000],
    ['0s', 0],
  ])('%j is %d ms', (value, ms) => {
    expect(parseDuration(value, 'timeout')).toBe(ms);
  });

  it.each([
    [-1, 'must not be negative'],
    ['-5s', 'must not be negative'],
    [Number.NaN, 'finite'],
    [Number.POSITIVE_INFINITY, 'finite'],
    ['', 'amounts with units'],
    ['soon', 'amounts with units'],
    ['5 parsecs', 'amounts with units'],
    ['30m1h', 'larger unit first'],
    ['1h1h', 'amounts with units'],
    ['1M', 'amounts with units'],
    ['1e3s', 'amounts with units'],
    ['5', 'needs a unit, as in "5s", "5m", "5h" or "5d"'],
    ['36526d', '100 years'],
    [century + 1, '100 years'],
    [`${'9'.repeat(400)}s`, 'finite'],
  ])('cannot be %j: %s', (value, why) => {
    expect(() => parseDuration(value, 'timeout')).toThrow(
      expect.objectContaining({
        code: 'DurationError',
        details: { field: 'timeout', value },
        message: expect.stringMatching(`^timeout .*${why}`),
      }),
    );
  });

  it('of another type is refused, not guessed', () => {
    for (const value of [undefined, null, {}, true]) {
      expect(() => parseDuration(value as unknown as string, 'timeout')).toThrow(
        expect.objectContaining({ code: 'DurationError' }),
      );
    }
  });

  it('that was written is read back', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: century, noNaN: true }),
        (ms) => parseDuration(formatDuration(ms), 'x') === Math.round(ms),
      ),
    );
  });

  it('as a number is itself, rounded', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: century, noNaN: true }), (ms) => parseDuration(ms, 'x') === Math.round(ms)),
    );
  });

  it.each([
    [0, '0ms'],
    [250, '250ms'],
    [1500, '1.5s'],
    [60_000, '1m'],
    [5_400_000, '1h30m'],
    [86_400_000, '1d'],
    [90_061_001, '1d1h1m1.001s'],
    [-1500, '-1.5s'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
  ])('of %d ms is written %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
