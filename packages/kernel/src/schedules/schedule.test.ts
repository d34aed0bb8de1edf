import { Cron } from 'croner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTimes } from './next-times.ts';
import { cron, interval, rrule, type Schedule } from './schedule.ts';

const zoneName = fc.constantFrom(
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Asia/Kolkata',
  'Africa/Casablanca',
);
const instant = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2035, 0, 1) });

/** One cron field in the language that croner and croniter share. */
function field(min: number, max: number): fc.Arbitrary<string> {
  const value = fc.integer({ min, max });
  const range = fc.tuple(value, value).filter(([low, high]) => low < high);
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    { weight: 2, arbitrary: value.map(String) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: max - min }).map((step) => `*/${step}`) },
    { weight: 1, arbitrary: range.map(([low, high]) => `${low}-${high}`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(range, fc.integer({ min: 1, max: Math.min(9, max - min) }))
        .map(([[low, high], step]) => `${low}-${high}/${step}`),
    },
    { weight: 1, arbitrary: fc.array(value, { minLength: 2, maxLength: 4 }).map((values) => values.join(',')) },
  );
}

/** Every day, said otherwise than by a star, is one thing to croner and another to croniter (which the recorded table covers). */
const isEveryDay = (text: string): boolean => /^(\*\/1|0-6(\/1)?)$/.test(text);
const day = fc.oneof(field(1, 28), fc.constant('L')).filter((text) => !isEveryDay(text));
const weekday = field(0, 6).filter((text) => !isEveryDay(text));

const expression = fc.tuple(field(0, 59), field(0, 23), day, field(1, 12), weekday).map((fields) => fields.join(' '));

const schedule: fc.Arbitrary<Schedule> = fc.oneof(
  fc
    .tuple(expression, zoneName, fc.constantFrom('prefect' as const, 'elapsed' as const))
    .map(([text, timezone, dst]) => cron(text, { timezone, dst })),
  fc
    .tuple(fc.integer({ min: 1000, max: 40 * 86_400_000 }), instant, zoneName)
    .map(([everyMs, anchor, timezone]) => interval(everyMs, { anchor, timezone })),
  fc
    .tuple(fc.integer({ min: 1, max: 20 }), instant, zoneName)
    .map(([dayCount, anchor, timezone]) => interval(`${dayCount}d`, { anchor, timezone })),
  fc
    .tuple(
      fc.constantFrom('SECONDLY', 'MINUTELY', 'HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'),
      fc.integer({ min: 1, max: 90 }),
      zoneName,
    )
    .map(([frequency, every, timezone]) => rrule(`FREQ=${frequency};INTERVAL=${every}`, { timezone })),
);

describe('a cron expression', () => {
  it('means what croner takes it for, in UTC', () => {
    fc.assert(
      fc.property(expression, instant, (text, after) => {
        const oracle = new Cron(text, { timezone: 'UTC', legacyMode: true }).nextRuns(5, new Date(after)).map(Number);
        expect(nextTimes(cron(text), { after, count: oracle.length })).toEqual(oracle);
      }),
      { numRuns: 300 },
    );
  });

  it('means what croner takes it for with seconds, which come last here and first there', () => {
    fc.assert(
      fc.property(expression, field(0, 59), instant, (text, seconds, after) => {
        const oracle = new Cron(`${seconds} ${text}`, { timezone: 'UTC', legacyMode: true })
          .nextRuns(5, new Date(after))
          .map(Number);
        expect(nextTimes(cron(`${text} ${seconds}`), { after, count: oracle.length })).toEqual(oracle);
      }),
      { numRuns: 200 },
    );
  });

  it('with both days and weekdays can ask for both', () => {
    const friday13 = nextTimes(cron('0 0 13 * 5', { dayOr: false }), { after: Date.UTC(2026, 0, 1), count: 3 });
    expect(friday13).toEqual([Date.UTC(2026, 1, 13), Date.UTC(2026, 2, 13), Date.UTC(2026, 10, 13)]);
  });

  it('that can never fire is refused when it is made', () => {
    for (const text of ['0 0 30 2 *', '0 0 31 4,6,9,11 *', '0 0 31 2 *'])
      expect(() => cron(text)).toThrow(/never fires/);
    expect(() => cron('0 0 29 2 1', { dayOr: false })).not.toThrow();
  });

  it('ends when its years end', () => {
    expect(nextTimes(cron('0 0 1 1 * 0 2027-2028'), { after: Date.UTC(2026, 0, 1), count: 9 })).toEqual([
      Date.UTC(2027, 0, 1),
      Date.UTC(2028, 0, 1),
    ]);
  });
});

describe('the times of a schedule', () => {
  it('ascend, come after the start and not after the end, and are no more than asked for', () => {
    fc.assert(
      fc.property(
        schedule,
        instant,
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 90 * 86_400_000 }),
        (each, after, count, spanMs) => {
          const times = nextTimes(each, { after, count, until: after + spanMs });
          expect(times.length).toBeLessThanOrEqual(count);
          for (const [index, at] of times.entries()) {
            expect(at).toBeGreaterThan(times[index - 1] ?? after);
            expect(at).toBeLessThanOrEqual(after + spanMs);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('are a fixed set: from any of them the rest goes on the same, and looking from between changes nothing', () => {
    fc.assert(
      fc.property(schedule, instant, fc.nat(), (each, after, pick) => {
        const times = nextTimes(each, { after, count: 30 });
        if (times.length < 2) return;
        const index = pick % (times.length - 1);
        const rest = times.slice(index + 1);
        const [from = 0, to = 0] = times.slice(index);
        expect(nextTimes(each, { after: from, count: rest.length })).toEqual(rest);
        expect(nextTimes(each, { after: Math.floor((from + to) / 2), count: rest.length })).toEqual(
          rest[0] === to ? rest : [],
        );
      }),
      { numRuns: 300 },
    );
  });

  it('around every change of the clocks are that same set', () => {
    const changes = [
      ['America/New_York', '2026-03-08T07:00Z'],
      ['America/New_York', '2026-11-01T06:00Z'],
      ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
      ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
      ['Africa/Casablanca', '2026-02-15T02:00Z'],
    ] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...changes),
        fc.constantFrom('prefect' as const, 'elapsed' as const),
        fc.constantFrom('*/7 * * * *', '0 * * * *', '30 2 * * *', '15,45 1-2 * * *'),
        fc.integer({ min: -180, max: 180 }),
        ([timezone, changeAt], dst, text, minutes) => {
          const each = cron(text, { timezone, dst });
          const startAt = Date.parse(changeAt) - 86_400_000;
          const all = nextTimes(each, { after: startAt, count: 1000, until: startAt + 2 * 86_400_000 });
          const after = Date.parse(changeAt) + minutes * 60_000;
          expect(nextTimes(each, { after, count: 1000, until: startAt + 2 * 86_400_000 })).toEqual(
            all.filter((at) => at > after),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('survive JSON', () => {
    fc.assert(
      fc.property(schedule, instant, (each, after) => {
        expect(nextTimes(JSON.parse(JSON.stringify(each)) as Schedule, { after, count: 3 })).toEqual(
          nextTimes(each, { after, count: 3 }),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('are a thousand at most, within a century', () => {
    expect(nextTimes(cron('* * * * *'), { after: 0, count: 5000 })).toHaveLength(1000);
    const rare = rrule('FREQ=YEARLY;INTERVAL=4000', { timezone: 'Europe/Berlin' });
    expect(nextTimes(rare, { after: Date.UTC(2026, 0, 1), count: 5000 })).toEqual([]);
    const leapDays = cron('0 0 29 2 *', { timezone: 'Europe/Berlin' });
    expect(nextTimes(leapDays, { after: Date.UTC(2026, 0, 1), count: 5000 })).toHaveLength(24);
  });
});

describe('an interval', () => {
  const newYork = { timezone: 'America/New_York' };
  const iso = (at: number): string => new Date(at).toISOString().slice(0, 16);

  it('is in step with its anchor, before it too', () => {
    const each = interval('90m', { anchor: '2026-11-23T00:00Z' });
    expect(nextTimes(each, { after: Date.parse('2026-11-22T21:30Z'), count: 3 }).map(iso)).toEqual([
      '2026-11-22T22:30',
      '2026-11-23T00:00',
      '2026-11-23T01:30',
    ]);
  });

  it('of days keeps the hour of its anchor for ever: it is counted from the anchor, not from where one looks', () => {
    const each = interval('1d', { anchor: '2020-01-01T09:00', ...newYork });
    expect(nextTimes(each, { after: Date.parse('2026-07-01T00:00Z'), count: 1 }).map(iso)).toEqual([
      '2026-07-01T13:00',
    ]);
    expect(nextTimes(each, { after: Date.parse('2026-12-01T00:00Z'), count: 1 }).map(iso)).toEqual([
      '2026-12-01T14:00',
    ]);
  });

  it('of a day and a half is a calendar day and twelve hours', () => {
    const each = interval('36h', { anchor: '2026-10-30T13:00Z', ...newYork });
    const times = ['2026-10-30T13:00', '2026-11-01T01:00', '2026-11-02T14:00', '2026-11-04T02:00'];
    expect(nextTimes(each, { after: Date.parse('2026-10-30T00:00Z'), count: 4 }).map(iso)).toEqual(times);
  });

  it('with an anchor far off on either side is as quick as any', () => {
    for (const anchor of ['1930-01-01T00:00Z', '2125-01-01T00:00Z']) {
      expect(
        nextTimes(interval('25h', { anchor, ...newYork }), { after: Date.UTC(2026, 0, 1), count: 5 }),
      ).toHaveLength(5);
    }
  });

  it.each([
    [new Date('2026-03-08T07:30Z'), Date.parse('2026-03-08T07:30Z')],
    [5, 5],
    ['2026-01-01', Date.parse('2026-01-01T05:00Z')],
    ['2026-01-01T09:00', Date.parse('2026-01-01T14:00Z')],
    ['2026-01-01T09:00:00-08:00', Date.parse('2026-01-01T17:00Z')],
    [undefined, Date.parse('2020-01-01T05:00Z')],
  ])('takes the anchor %j', (anchor, at) => {
    expect(interval('1h', { anchor, ...newYork }).anchorAt).toBe(at);
  });
});

describe('a recurrence rule', () => {
  it('takes its zone from DTSTART when no other is given', () => {
    expect(rrule('DTSTART;TZID=Europe/Berlin:20260101T090000\nRRULE:FREQ=DAILY').timezone).toBe('Europe/Berlin');
    expect(() => rrule('DTSTART;TZID=Europe/Berlin:20260101T090000\nRRULE:FREQ=DAILY', { timezone: 'UTC' })).toThrow(
      /Europe\/Berlin/,
    );
  });

  it('that starts long ago and fires each second is answered at once', () => {
    const after = Date.UTC(2026, 10, 23, 0, 0, 3);
    expect(nextTimes(rrule('FREQ=SECONDLY;INTERVAL=7'), { after, count: 2 })).toHaveLength(2);
    expect(nextTimes(rrule('DTSTART:19700101T000000\nRRULE:FREQ=SECONDLY'), { after, count: 1 })).toEqual([
      after + 1000,
    ]);
  });

  it('with COUNT ends after so many, however many', () => {
    const start = 'DTSTART:20260101T000000\n';
    expect(nextTimes(rrule(`${start}RRULE:FREQ=DAILY;COUNT=3`), { after: 0, count: 9 })).toHaveLength(3);
    expect(
      nextTimes(rrule(`${start}RRULE:FREQ=SECONDLY;COUNT=1000000000`), { after: Date.UTC(2030, 0, 1), count: 2 }),
    ).toHaveLength(2);
    expect(
      nextTimes(rrule(`${start}RRULE:FREQ=MINUTELY;COUNT=1000`), { after: Date.UTC(2030, 0, 1), count: 2 }),
    ).toEqual([]);
  });

  it('that has no time left, or excludes itself, ends', () => {
    expect(nextTimes(rrule('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'), { after: 0, count: 1 })).toEqual([]);
    expect(nextTimes(rrule('RRULE:FREQ=DAILY\nEXRULE:FREQ=DAILY'), { after: Date.UTC(2026, 0, 1), count: 1 })).toEqual(
      [],
    );
    expect(nextTimes(rrule('FREQ=DAILY;UNTIL=20260101T000000Z'), { after: Date.UTC(2026, 0, 1), count: 1 })).toEqual(
      [],
    );
  });
});

describe('a schedule that cannot be', () => {
  it.each([
    ['timezone', () => cron('* * * * *', { timezone: '+02:00' })],
    ['timezone', () => interval('1h', { timezone: 'Mars/Olympus' })],
    ['timezone', () => rrule('FREQ=DAILY', { timezone: '' })],
    ['dayOr', () => cron('* * * * *', { dayOr: 'no' as unknown as boolean })],
    ['dst', () => cron('* * * * *', { dst: 'utc' as 'prefect' })],
    ['cron', () => cron(undefined as unknown as string)],
    ['interval', () => interval(0)],
    ['anchor', () => interval('1h', { anchor: 'yesterday' })],
    ['anchor', () => interval('1h', { anchor: Number.NaN })],
    ['anchor', () => interval('1h', { anchor: '2026-13-01' })],
    ['rrule', () => rrule('')],
    ['rrule', () => rrule('INTERVAL=2')],
    ['rrule', () => rrule('FREQ=NEVER')],
    ['rrule', () => rrule('FREQ=DAILY;FOO=1')],
    ['rrule', () => rrule('FREQ=DAILY;COUNT=x')],
    ['rrule', () => rrule('FREQ=DAILY;INTERVAL=0')],
    ['rrule', () => rrule('FREQ=DAILY;BYHOUR=24')],
    ['rrule', () => rrule('FREQ=DAILY;BYDAY=XX')],
    ['rrule', () => rrule('FREQ=MONTHLY;BYSETPOS=0;BYDAY=MO')],
    ['rrule', () => rrule('FREQ=DAILY;UNTIL=20261301')],
    ['rrule', () => rrule('FREQ=DAILY;BYEASTER=1')],
    ['rrule', () => rrule('DTSTART:20260101T000000')],
    ['rrule', () => rrule('EXDATE:20260101T000000')],
    ['rrule', () => rrule('DTSTART:tomorrow\nRRULE:FREQ=DAILY')],
    ['rrule', () => rrule('DTSTART;FOO=1:20260101\nRRULE:FREQ=DAILY')],
    ['rrule', () => rrule('VEVENT:x')],
    ['rrule', () => rrule('RDATE:')],
    ['rrule', () => rrule('FREQ=DAILY;BYDAY')],
    ['rrule', () => rrule(`FREQ=DAILY;BYMONTHDAY=${Array.from({ length: 2500 }, () => 1).join(',,')}`)],
    ['rrule', () => rrule(7 as unknown as string)],
    ['after', () => nextTimes(cron('* * * * *'), { after: Number.NaN, count: 1 })],
    ['count', () => nextTimes(cron('* * * * *'), { after: 0, count: 1.5 })],
    ['until', () => nextTimes(cron('* * * * *'), { after: 0, count: 1, until: Number.NaN })],
    ['kind', () => nextTimes({ kind: 'moon' } as unknown as Schedule, { after: 0, count: 1 })],
    ['intervalMs', () => nextTimes({ ...interval('1h'), intervalMs: 0 }, { after: 0, count: 1 })],
    ['anchorAt', () => nextTimes({ ...interval('1h'), anchorAt: Number.NaN }, { after: 0, count: 1 })],
  ])('is refused with an error that names %s', (name, make) => {
    expect(make).toThrow(
      expect.objectContaining({ code: 'ScheduleError', details: expect.objectContaining({ field: name }) }),
    );
  });
});
