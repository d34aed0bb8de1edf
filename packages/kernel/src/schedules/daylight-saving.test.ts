import { describe, expect, it } from 'vitest';
import { nextTimes } from './next-times.ts';
import { cron, interval, rrule, type Schedule } from './schedule.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** The clocks jump at `changeAt`; `time`, which they jump over, would have shown as `before` the day before and as `after` the day after. */
const gaps = [
  {
    zone: 'America/New_York',
    changeAt: '2026-03-08T07:00Z',
    time: '02:30',
    before: '07T07:30',
    early: '08T06:30',
    late: '08T07:30',
    after: '09T06:30',
  },
  {
    zone: 'Europe/Berlin',
    changeAt: '2026-03-29T01:00Z',
    time: '02:30',
    before: '28T01:30',
    early: '29T00:30',
    late: '29T01:30',
    after: '30T00:30',
  },
  {
    zone: 'Australia/Sydney',
    changeAt: '2026-10-03T16:00Z',
    time: '02:30',
    before: '02T16:30',
    early: '03T15:30',
    late: '03T16:30',
    after: '04T15:30',
  },
  {
    zone: 'Australia/Lord_Howe',
    changeAt: '2026-10-03T15:30Z',
    time: '02:15',
    before: '02T15:45',
    early: '03T15:15',
    late: '03T15:45',
    after: '04T15:15',
  },
  {
    zone: 'America/St_Johns',
    changeAt: '2026-03-08T05:30Z',
    time: '02:45',
    before: '07T06:15',
    early: '08T05:15',
    late: '08T06:15',
    after: '09T05:15',
  },
  {
    zone: 'America/Santiago',
    changeAt: '2026-09-06T04:00Z',
    time: '00:30',
    before: '05T04:30',
    early: '06T03:30',
    late: '06T04:30',
    after: '07T03:30',
  },
];

/** The clocks go back at `changeAt`, so that `time` shows at `first` and again at `second`. */
const folds = [
  {
    zone: 'America/New_York',
    changeAt: '2026-11-01T06:00Z',
    time: '01:30',
    before: '31T05:30',
    first: '01T05:30',
    second: '01T06:30',
    after: '02T06:30',
  },
  {
    zone: 'Europe/Berlin',
    changeAt: '2026-10-25T01:00Z',
    time: '02:30',
    before: '24T00:30',
    first: '25T00:30',
    second: '25T01:30',
    after: '26T01:30',
  },
  {
    zone: 'Australia/Sydney',
    changeAt: '2026-04-04T16:00Z',
    time: '02:30',
    before: '03T15:30',
    first: '04T15:30',
    second: '04T16:30',
    after: '05T16:30',
  },
  {
    zone: 'Australia/Lord_Howe',
    changeAt: '2026-04-04T15:00Z',
    time: '01:45',
    before: '03T14:45',
    first: '04T14:45',
    second: '04T15:15',
    after: '05T15:15',
  },
  {
    zone: 'America/St_Johns',
    changeAt: '2026-11-01T04:30Z',
    time: '01:45',
    before: '31T04:15',
    first: '01T04:15',
    second: '01T05:15',
    after: '02T05:15',
  },
  {
    zone: 'America/Santiago',
    changeAt: '2026-04-05T03:00Z',
    time: '23:30',
    before: '04T02:30',
    first: '05T02:30',
    second: '05T03:30',
    after: '06T03:30',
  },
];

function daily(
  zone: string,
  time: string,
  changeAt: string,
): Readonly<Record<'cron' | 'elapsed' | 'interval' | 'rrule', Schedule>> {
  const [hour, minute] = time.split(':').map(Number);
  const anchor = `${new Date(Date.parse(changeAt) - 20 * dayMs).toISOString().slice(0, 10)}T${time}`;
  return {
    cron: cron(`${minute} ${hour} * * *`, { timezone: zone }),
    elapsed: cron(`${minute} ${hour} * * *`, { timezone: zone, dst: 'elapsed' }),
    interval: interval('1d', { anchor, timezone: zone }),
    rrule: rrule(`FREQ=DAILY;BYHOUR=${hour};BYMINUTE=${minute}`, { timezone: zone }),
  };
}

/** From a day and a half before the change on. */
function around(schedule: Schedule, changeAt: string): string[] {
  return nextTimes(schedule, { after: Date.parse(changeAt) - 1.5 * dayMs, count: 3 }).map((at) =>
    new Date(at).toISOString().slice(8, 16),
  );
}

describe.each(gaps)(
  'in $zone, a daily time that the clocks jump over',
  ({ zone, changeAt, time, before, early, late, after }) => {
    const schedules = daily(zone, time, changeAt);

    it('runs ahead of the jump by cron', () => {
      expect(around(schedules.cron, changeAt)).toEqual([before, early, after]);
    });
    it('runs after the jump by cron with elapsed time', () => {
      expect(around(schedules.elapsed, changeAt)).toEqual([before, late, after]);
    });
    it('runs after the jump by an interval of a day', () => {
      expect(around(schedules.interval, changeAt)).toEqual([before, late, after]);
    });
    it('runs ahead of the jump by a recurrence rule', () => {
      expect(around(schedules.rrule, changeAt)).toEqual([before, early, after]);
    });
    it('is no reason to lose or repeat an hour of what runs hourly', () => {
      const changed = Date.parse(changeAt);
      const after = changed - 5 * hourMs;
      const options = { after, count: 100, until: changed + 5 * hourMs };
      const elapsed = nextTimes(interval('1h', { anchor: changed, timezone: zone }), options);
      expect(elapsed).toEqual(Array.from({ length: 10 }, (_, index) => after + (index + 1) * hourMs));
      // Half an hour's change moves the whole hours; elsewhere every hour of the clock is an hour.
      if (zone === 'Australia/Lord_Howe') return;
      for (const schedule of [
        cron('0 * * * *', { timezone: zone }),
        cron('0 * * * *', { timezone: zone, dst: 'elapsed' }),
        rrule('FREQ=HOURLY', { timezone: zone }),
      ]) {
        expect(nextTimes(schedule, options)).toEqual(elapsed);
      }
    });
  },
);

describe.each(folds)(
  'in $zone, a daily time that the clocks show twice',
  ({ zone, changeAt, time, before, first, second, after }) => {
    const schedules = daily(zone, time, changeAt);

    it.each(['cron', 'elapsed', 'interval', 'rrule'] as const)('runs the first time only: %s', (kind) => {
      expect(around(schedules[kind], changeAt)).toEqual([before, first, after]);
    });
    it('counts once in a schedule of every hour as Prefect has it, and twice in elapsed time', () => {
      const minute = time.split(':')[1];
      const onceOnly = nextTimes(cron(`${minute} * * * *`, { timezone: zone }), {
        after: Date.parse(changeAt) - 6 * hourMs,
        count: 12,
      });
      const twice = nextTimes(cron(`${minute} * * * *`, { timezone: zone, dst: 'elapsed' }), {
        after: Date.parse(changeAt) - 6 * hourMs,
        count: 12,
      });
      const month = changeAt.slice(0, 8);
      const [firstAt, secondAt] = [Date.parse(`${month}${first}Z`), Date.parse(`${month}${second}Z`)];
      expect(onceOnly).toContain(firstAt);
      expect(onceOnly).not.toContain(secondAt);
      expect(twice).toContain(firstAt);
      expect(twice).toContain(secondAt);
      expect(twice.filter((at) => at !== secondAt)).toEqual(onceOnly.slice(0, 11));
    });
    it('is no reason to lose an hour for an interval of an hour', () => {
      const anchor = Date.parse(changeAt);
      const times = nextTimes(interval('1h', { anchor, timezone: zone }), { after: anchor - 3 * hourMs, count: 6 });
      expect(times).toEqual([-2, -1, 0, 1, 2, 3].map((hours) => anchor + hours * hourMs));
    });
  },
);

describe('a day that a zone skips whole', () => {
  it('is lived through: Apia had no 30 December 2011', () => {
    const times = nextTimes(cron('0 12 * * *', { timezone: 'Pacific/Apia', dst: 'elapsed' }), {
      after: Date.parse('2011-12-29T00:00Z'),
      count: 3,
    });
    expect(times.map((at) => new Date(at).toISOString().slice(0, 16))).toEqual([
      '2011-12-29T22:00',
      '2011-12-30T22:00',
      '2011-12-31T22:00',
    ]);
  });
});
