import { describe, expect, it } from 'vitest';
import recorded from './fixtures/prefect.json' with { type: 'json' };
import { nextTimes } from './next-times.ts';
import { cron, interval, rrule, type Schedule } from './schedule.ts';

const iso = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');

/** Prefect's start is inclusive; ours is not. */
function timesFrom(schedule: Schedule, start: string, count: number): string[] {
  return nextTimes(schedule, { after: Date.parse(start) - 1, count }).map(iso);
}

describe('Millrace is due when Prefect is: cron', () => {
  it.each(recorded.cron)(
    '$expression in $timezone from $start (dayOr $dayOr)',
    ({ expression, timezone, dayOr, start, dates }) => {
      expect(timesFrom(cron(expression, { timezone, dayOr }), start, dates.length)).toEqual(dates);
    },
  );

  it.each(recorded.invalidCron)('refuses %j', (expression) => {
    expect(() => cron(expression)).toThrow(
      expect.objectContaining({ code: 'ScheduleError', details: { field: 'cron', value: expression } }),
    );
  });

  // A random expression gets through Prefect's check when it is not a field's whole text; its times differ at each look.
  it.each(recorded.validCron.filter((expression) => !expression.startsWith('R')))('takes %j', (expression) => {
    expect(cron(expression).expression).toBe(expression);
  });
});

describe('Millrace is due when Prefect is: recurrence rules', () => {
  it.each(recorded.rrule)('$rule in $timezone from $start', ({ rule, timezone, start, dates }) => {
    expect(timesFrom(rrule(rule, { timezone }), start, dates.length)).toEqual(dates);
  });
});

describe('Millrace is due when Prefect is: intervals', () => {
  it.each(recorded.interval)(
    '$intervalMs ms from $anchor in $timezone',
    ({ intervalMs, anchor, timezone, start, dates }) => {
      expect(timesFrom(interval(intervalMs, { anchor, timezone }), start, dates.length)).toEqual(dates);
    },
  );
});
