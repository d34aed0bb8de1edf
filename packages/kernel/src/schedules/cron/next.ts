/**
 * Steps through the wall times that a cron expression allows.
 *
 * Days, hours, minutes: each is a search in a small table, so a step costs the same whether the next time is a second or a
 * decade off. Knows nothing of zones: a wall time is the epoch milliseconds that a clock in UTC would show it at.
 */
import type { NextWall } from '../wall-times.ts';
import type { CronTable } from './parse.ts';

/** croniter: after 50 years without a match there is none. 29 February on a Monday comes every 28 or 40 years. */
const searchedYearCount = 50;
const dayMs = 86_400_000;

/**
 * Makes the stepper of a cron expression.
 *
 * @param table from `parseCron`.
 * @param dayOr how the days of month and of week go together when both are given: either (true, as in cron) or both.
 * @returns for a wall time, the next one, or undefined when none comes in 50 years (in none of its years, if it has any).
 */
export function createCronStepper(table: CronTable, dayOr: boolean): NextWall {
  const months = new Set(table.months);
  const years = table.years === undefined ? undefined : new Set(table.years);
  const dayBitsOf = rememberLast((year: number, month: number) => dayBits(table, dayOr, { year, month }));

  return (wall) => {
    const start = new Date((Math.floor(wall / 1000) + 1) * 1000);
    const lastYear = table.years?.at(-1) ?? start.getUTCFullYear() + searchedYearCount;
    let year = start.getUTCFullYear();
    let month = start.getUTCMonth() + 1;
    let day = start.getUTCDate();
    let secondOfDay = Math.floor((start.getTime() - Date.UTC(year, month - 1, day)) / 1000);
    while (year <= lastYear) {
      const isOpen = months.has(month) && (years === undefined || years.has(year));
      const found = isOpen ? nextBit(dayBitsOf(year, month), day) : undefined;
      if (found === undefined) {
        year = month === 12 ? year + 1 : year;
        month = month === 12 ? 1 : month + 1;
        day = 1;
        secondOfDay = 0;
        continue;
      }
      const second = nextSecondOfDay(table, found === day ? secondOfDay : 0);
      if (second !== undefined) return Date.UTC(year, month - 1, found) + second * 1000;
      // Past the month's end no bit is set, so the next turn goes to the next month.
      day = found + 1;
      secondOfDay = 0;
    }
    return undefined;
  };
}

/** The days of one month on which the expression fires, bit 1 for the first. */
function dayBits(table: CronTable, dayOr: boolean, at: Readonly<{ year: number; month: number }>): number {
  const firstAt = Date.UTC(at.year, at.month - 1, 1);
  const dayCount = Math.round((Date.UTC(at.year, at.month, 1) - firstAt) / dayMs);
  const firstWeekday = new Date(firstAt).getUTCDay();
  const monthBits = lowBits(dayCount);
  const byDay = (table.days.bits | (table.days.last ? 1 << dayCount : 0)) & monthBits;
  const byWeekday = weekdayBits(table, firstWeekday, dayCount);
  if (!dayOr) return byDay & byWeekday;
  if (table.weekdays.any) return byDay;
  if (table.days.any) return byWeekday;
  // croniter: beside an occurrence such as 5#2, "or" loses the days of month.
  return table.weekdays.occurrences.length > 0 ? byWeekday : byDay | byWeekday;
}

function weekdayBits(table: CronTable, firstWeekday: number, dayCount: number): number {
  let bits = 0;
  if (table.weekdays.occurrences.length === 0) {
    for (let day = 1; day <= dayCount; day++) {
      if ((table.weekdays.bits >> ((firstWeekday + day - 1) % 7)) & 1) bits |= 1 << day;
    }
    return bits;
  }
  for (const [weekday, nth] of table.weekdays.occurrences) {
    const first = 1 + ((weekday - firstWeekday + 7) % 7);
    const day = nth === 'last' ? first + 7 * Math.floor((dayCount - first) / 7) : first + 7 * (nth - 1);
    if (day <= dayCount) bits |= 1 << day;
  }
  return bits;
}

/** Bits 1 to `count`; in two's complement, so that day 31 is the sign bit and `>>>` must be used to read it. */
function lowBits(count: number): number {
  return count >= 31 ? ~1 : (1 << (count + 1)) - 2;
}

function nextBit(bits: number, from: number): number | undefined {
  if (from > 31) return undefined;
  const rest = (bits >>> from) << from;
  return rest === 0 ? undefined : 31 - Math.clz32(rest & -rest);
}

function nextSecondOfDay(table: CronTable, from: number): number | undefined {
  const fromHour = Math.floor(from / 3600);
  for (const hour of table.hours) {
    if (hour < fromHour) continue;
    const fromMinute = hour === fromHour ? Math.floor((from % 3600) / 60) : 0;
    for (const minute of table.minutes) {
      if (minute < fromMinute) continue;
      const isFirst = hour === fromHour && minute === fromMinute;
      const fromSecond = isFirst ? from % 60 : 0;
      const second = table.seconds.find((each) => each >= fromSecond);
      if (second !== undefined) return hour * 3600 + minute * 60 + second;
    }
  }
  return undefined;
}

/** Consecutive questions are mostly about the same month. */
function rememberLast(compute: (year: number, month: number) => number): (year: number, month: number) => number {
  let lastKey = Number.NaN;
  let lastValue = 0;
  return (year, month) => {
    const key = year * 12 + month;
    if (key !== lastKey) {
      lastValue = compute(year, month);
      lastKey = key;
    }
    return lastValue;
  };
}
