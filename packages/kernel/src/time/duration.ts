/**
 * Parses durations as users write them (`'1h30m'`, `500`) to milliseconds, and formats them.
 *
 * Every option that is a duration uses this parser, so that all accept and refuse the same forms. A duration is never negative or infinite:
 * "no limit" is the absence of the option, not a number.
 */
import { describeValue } from '../errors/describe-value.ts';
import { DurationError } from '../errors/duration-error.ts';

type Part<TUnit extends string> = '' | `${number}${TUnit}`;

/**
 * A length of time as a user writes it: milliseconds as a number, or a string such as `'250ms'`, `'5s'`, `'2m'`, `'1h'`,
 * `'1d'`, `'1h30m'`. A string that is computed needs `as Duration`, because its text is known only when it is read.
 */
export type Duration = number | Exclude<`${Part<'d'>}${Part<'h'>}${Part<'m'>}${Part<'s'>}${Part<'ms'>}`, ''>;

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const shape =
  /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;

/** The longest duration taken, 100 Julian years: more is a slip of units, and an instant that far off stays well inside a Date's range. */
const longestMs = 100 * 365.25 * 86_400_000;

/**
 * Reads a duration.
 *
 * @param value milliseconds, or a text of amounts and units (`d`, `h`, `m`, `s`, `ms`), each unit at most once, the larger first.
 * @param name the option it was given for; the error names it.
 * @returns whole milliseconds, rounded to the nearest.
 * @throws {DurationError} when it is negative, not finite, not a duration at all, or longer than 100 years.
 * @example
 * parseDuration('1h30m', 'timeout') // 5_400_000
 */
export function parseDuration(value: number | string, name: string): number {
  const ms = typeof value === 'number' ? value : parseText(value, name);
  if (!Number.isFinite(ms)) refuse(name, value, 'must be a finite number of milliseconds');
  if (ms < 0) refuse(name, value, 'must not be negative');
  if (ms > longestMs) refuse(name, value, 'must not be longer than 100 years');
  return Math.round(ms);
}

function parseText(value: string, name: string): number {
  if (typeof value !== 'string') refuse(name, value, 'must be a number of milliseconds or a text such as "5s"');
  const text = value.replaceAll(/\s+/g, '');
  if (/^-/.test(text)) refuse(name, value, 'must not be negative');
  if (/^\d+(\.\d+)?$/.test(text))
    refuse(
      name,
      value,
      `needs a unit, as in "${text}s", "${text}m", "${text}h" or "${text}d"; a number is milliseconds`,
    );
  const parts = shape.exec(text);
  if (parts === null || text === '') {
    refuse(
      name,
      value,
      'must be amounts with units, the larger unit first, such as "250ms", "5s", "2m", "1h", "1d" or "1h30m"',
    );
  }
  const [, days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0] = parts.map((part) => Number(part ?? 0));
  return days * 86_400_000 + hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + milliseconds;
}

function refuse(name: string, value: unknown, why: string): never {
  throw new DurationError(`${name} ${why}; got ${show(value)}.`, { field: name, value });
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : describeValue(value);
}

/**
 * Writes a duration the way `parseDuration` reads it, for messages and listings.
 *
 * @param ms milliseconds; rounded to whole ones. A negative one gets a leading minus, which `parseDuration` refuses.
 * @returns the largest units first, empty ones left out; under a minute, seconds with decimals.
 * @example
 * formatDuration(5_400_000) // '1h30m'
 * formatDuration(1500)      // '1.5s'
 */
export function formatDuration(ms: number): string {
  const whole = Math.round(Math.abs(ms));
  if (!Number.isFinite(whole)) return String(ms);
  if (whole === 0) return '0ms';
  const sign = ms < 0 ? '-' : '';
  if (whole < 1000) return `${sign}${whole}ms`;
  let rest = whole;
  let text = sign;
  for (const unit of ['d', 'h', 'm']) {
    const size = unitMs[unit] ?? 1;
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) text += `${amount}${unit}`;
  }
  return rest === 0 ? text : `${text}${rest / 1000}s`;
}
