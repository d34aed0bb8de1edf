import { describe, expect, it } from 'vitest';
import { durationText, isoTime, relativeTime } from './time-text.ts';

describe('instants and durations as text', () => {
  it('have a distance from now', () => {
    expect(relativeTime(1_000, 1_500)).toBe('just now');
    expect(relativeTime(0, 12_000)).toBe('12s ago');
    expect(relativeTime(7_200_000, 0)).toBe('in 2h');
    expect(relativeTime(0, 3 * 86_400_000)).toBe('3d ago');
  });

  it('have at most two units', () => {
    expect([0, 12, 999, 5_023, 12_345, 59_999, 61_000, 3_600_000, 93_600_000].map(durationText)).toEqual([
      '0ms',
      '12ms',
      '999ms',
      '5.02s',
      '12.3s',
      '1m',
      '1m 1s',
      '1h',
      '1d 2h',
    ]);
  });

  it('are ISO 8601 in JSON', () => {
    expect(isoTime(0)).toBe('1970-01-01T00:00:00.000Z');
    expect(isoTime(null)).toBeNull();
  });
});
