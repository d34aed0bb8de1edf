/**
 * Reads a cron expression into sets of allowed values.
 *
 * The language is croniter's, as Prefect validates it: five fields, then seconds, then years; `*`, lists, ranges (which may wrap,
 * `22-2`), steps, names, `L` and `?`, `5#2` (second Friday), `L5` (last Friday), and the `@` names. Random (`R`), hashed (`H`) and
 * nearest-weekday (`W`) items are refused. Where croniter reads something oddly it is followed, and the place says so: an
 * expression that moves here from Prefect must mean the same. One exception: a day 0, which croniter turns into 1 where there are six
 * fields, is refused, because it is nearly always a seconds-first expression.
 */
import { refuseField } from '../../errors/schedule-error.ts';
import {
  cronNicknames,
  dayField,
  hourField,
  minuteField,
  monthField,
  secondField,
  weekdayField,
  yearField,
  type CronField,
} from './fields.ts';

/** A cron expression, understood. Every list is sorted and without repeats. */
export interface CronTable {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  /** Undefined: every year. */
  readonly years: readonly number[] | undefined;
  readonly days: DaySet;
  readonly weekdays: WeekdaySet;
  /** Whether the hour field allows every hour, so that the expression follows elapsed time rather than set times of day. */
  readonly everyHour: boolean;
}

/** The days of month: a bit for each (bit 1 is the first), the last day if `L`, and whether the field says nothing. */
export interface DaySet {
  readonly bits: number;
  readonly last: boolean;
  readonly any: boolean;
}

/** The weekdays: a bit for each (bit 0 is Sunday), or else the occurrences in the month, `[weekday, 1..5 | 'last']`. */
export interface WeekdaySet {
  readonly bits: number;
  readonly occurrences: ReadonlyArray<readonly [weekday: number, nth: number | 'last']>;
  readonly any: boolean;
}

interface FieldSet {
  readonly values: readonly number[];
  readonly any: boolean;
}

/**
 * Reads a cron expression.
 *
 * @param expression five, six or seven fields, or an `@` name.
 * @returns the table of allowed values.
 * @throws {ScheduleError} when it is no cron expression; the message names the field.
 */
export function parseCron(expression: string): CronTable {
  if (typeof expression !== 'string') refuseField('cron', expression, 'must be a text such as "0 2 * * *"');
  const lower = expression.trim().toLowerCase();
  const texts = (cronNicknames[lower] ?? lower).split(/\s+/);
  if (texts.length < 5 || texts.length > 7 || lower === '') {
    refuseField(
      'cron',
      expression,
      'must have five fields (minute hour day-of-month month day-of-week), then seconds, then years',
    );
  }
  const [minute = '', hour = '', day = '', month = '', weekday = '', second, year] = texts;
  const of = (field: CronField): Source => ({ field, expression, sundayIsSeven: texts.length === 5 });
  const hours = readField(hour, of(hourField)).values;
  return {
    minutes: readField(minute, of(minuteField)).values,
    hours,
    months: readField(month, of(monthField)).values,
    seconds: second === undefined ? [0] : readField(second, of(secondField)).values,
    years: year === undefined ? undefined : yearsOf(readField(year, of(yearField))),
    days: readDays(day, weekday, of(dayField)),
    weekdays: readWeekdays(weekday, day, of(weekdayField)),
    everyHour: hours.length === 24,
  };
}

/** Where a text stands: the field, and the expression for the error. */
interface Source {
  readonly field: CronField;
  readonly expression: string;
  readonly sundayIsSeven: boolean;
}

function yearsOf(set: FieldSet): readonly number[] | undefined {
  return set.any ? undefined : set.values;
}

function readField(text: string, source: Source): FieldSet {
  const items = text.split(',');
  return { values: sorted(items.flatMap((item) => readItem(item, source))), any: items.includes('*') };
}

function readDays(text: string, weekdayText: string, source: Source): DaySet {
  if (text === '?') return { bits: allBits(dayField), last: false, any: true };
  const items = text.split(',');
  const numbers = items.filter((item) => item !== 'l');
  const set = numbers.length === 0 ? { values: [], any: false } : readField(numbers.join(','), source);
  // croniter: a field that lists every day says nothing, but only beside a weekday field with a star in it.
  const any = set.any || (set.values.length === 31 && weekdayText.includes('*'));
  return { bits: toBits(set.values), last: items.includes('l'), any };
}

function readWeekdays(text: string, dayText: string, source: Source): WeekdaySet {
  if (text === '?') return { bits: allBits(weekdayField), occurrences: [], any: true };
  const values: number[] = [];
  const occurrences: Array<readonly [number, number | 'last']> = [];
  const items = text.split(',');
  for (const item of items) {
    const last = /^l(\d+)$/.exec(item)?.[1];
    const [, days, nth] = /^(.+)#(\d+)$/.exec(item) ?? [];
    if (last !== undefined) {
      for (const day of readItem(last, source)) occurrences.push([day, 'last']);
    } else if (days !== undefined && nth !== undefined) {
      for (const day of readNthDays(days, source)) occurrences.push([day, readNth(nth, source)]);
    } else {
      values.push(...readItem(item, source));
    }
  }
  if (occurrences.length > 0) requireOccurrencesAlone(text, items, { occurrences, source });
  const bits = toBits(values);
  const any = items.includes('*') || (bits === allBits(weekdayField) && dayText.includes('*'));
  return { bits, occurrences, any: any && occurrences.length === 0 };
}

/** croniter: beside occurrences only their own weekdays may stand, or a star, or else all seven. */
function requireOccurrencesAlone(
  text: string,
  items: readonly string[],
  found: Readonly<{ occurrences: WeekdaySet['occurrences']; source: Source }>,
): void {
  const counted = new Set(found.occurrences.map(([day]) => day));
  const literal = new Set(items.flatMap((item) => (/^\*$|#|^l/.test(item) ? [] : readItem(item, found.source))));
  const elementCount = new Set([...literal, ...counted]).size + (items.includes('*') ? 1 : 0);
  if ([...literal].some((day) => !counted.has(day)) && elementCount !== 7) {
    refuse(text, found.source, 'cannot mix weekdays with occurrences such as "5#2" or "L5"');
  }
}

function readNthDays(text: string, source: Source): readonly number[] {
  // croniter takes a number, a name, or a range of names before the `#`.
  if (!/^(\d+|[a-z]{3}(-[a-z]{3})?)$/.test(text)) {
    refuse(text, source, 'must be one weekday, or a range of names, before "#"');
  }
  return readItem(text, source);
}

function readNth(text: string, source: Source): number {
  const nth = Number(text);
  if (nth < 1 || nth > 5) refuse(text, source, 'allows the first to the fifth occurrence in a month');
  return nth;
}

/** One item of a list: a star or a value or a range, with or without a step. */
function readItem(item: string, source: Source): readonly number[] {
  const { field } = source;
  const parts = /^(\*|[a-z]+|\d+)(?:-([a-z]+|\d+))?(?:\/(\d+))?$/.exec(item);
  if (parts === null) refuse(item, source, explain(item, source));
  const [, from = '', to, stepText] = parts;
  if (from === '*' && to !== undefined) refuse(item, source, explain(item, source));
  const step = Number(stepText ?? 1);
  if (step === 0) refuse(item, source, 'must have a step of at least 1');
  if (from === '*') return rangeOf(field, { low: field.min, high: field.max, step });
  const low = readValue(from, source);
  if (to === undefined && stepText === undefined) return [low];
  // croniter: `a/n` runs to the end of the field, and so does `a-l` in the days.
  const isOpen = to === undefined || (to === 'l' && field === dayField);
  return rangeOf(field, { low, high: isOpen ? field.max : readValue(to, source), step });
}

interface Range {
  readonly low: number;
  readonly high: number;
  readonly step: number;
}

function rangeOf(field: CronField, { low, high, step }: Range): readonly number[] {
  const values: number[] = [];
  // croniter: a range from a value to itself is the whole field, and so is `59/5`.
  const start = low === high ? field.min : low;
  const end = low < high ? high : field.max;
  for (let value = start; value <= end; value += step) values.push(value);
  if (low <= high) return values;
  const restart = field.min + skippedByWrap(field, values.at(-1) ?? low, step);
  for (let value = restart; value <= high; value += step) values.push(value);
  return values;
}

/** croniter: where a wrapping range goes on. One later than the step itself would, if the step leaves the field. */
function skippedByWrap(field: CronField, last: number, step: number): number {
  const size = field.max - field.min + 1;
  const left = field.max - last;
  return last - field.min + step > size && left < step ? step - left : 0;
}

function readValue(text: string, source: Source): number {
  const { field, sundayIsSeven } = source;
  const named = field.names?.[text];
  if (named !== undefined) return named;
  if (!/^\d+$/.test(text)) refuse(text, source, explain(text, source));
  const value = Number(text);
  if (field === weekdayField && value === 7 && sundayIsSeven) return 0;
  if (value < field.min || value > field.max) {
    const advice = field === dayField && value === 0 ? ' (seconds are the sixth field, not the first)' : '';
    refuse(text, source, `must be from ${field.min} to ${field.max}${advice}`);
  }
  return value;
}

function explain(item: string, { field }: Source): string {
  if (/^[hr]\b/.test(item)) {
    return 'cannot be random or hashed (R, H): the same expression must always mean the same times';
  }
  if (/^\d*l?w$/.test(item)) return 'does not know W (nearest weekday): list the days instead';
  if (item === '') return 'has an empty item';
  if (item.includes('?')) {
    return field === dayField || field === weekdayField ? 'takes "?" alone only' : 'does not know "?"';
  }
  return `must be values from ${field.min} to ${field.max}, ranges, steps or "*"`;
}

function refuse(item: string, { field, expression }: Source, why: string): never {
  return refuseField('cron', expression, `is no valid expression: its ${field.name} field ${why} (at "${item}")`);
}

function sorted(values: Iterable<number>): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function toBits(values: readonly number[]): number {
  return values.reduce((bits, value) => bits | (1 << value), 0);
}

function allBits(field: CronField): number {
  return toBits(rangeOf(field, { low: field.min, high: field.max, step: 1 }));
}
