/**
 * Schedules as plain data, and the functions that make them.
 *
 * A schedule says when something is due; it holds no state, reads no clock and survives JSON. Making one checks it in full, so
 * that a bad one fails where it is written and not in a service at night. `nextTimes` says when it is due, in
 * `@millrace/kernel/schedules`: that entry loads what expands recurrence rules, this module loads nothing.
 */
import { parseDuration, type Duration } from '../time/duration.ts';
import { findZone, fromWall, isTimeZone, type Zone } from '../time/zone.ts';
import { createCronStepper } from './cron/next.ts';
import { parseCron } from './cron/parse.ts';
import { parseRecurrence } from './rrule-text.ts';
import { refuseField } from '../errors/schedule-error.ts';

/**
 * The behaviour of a cron schedule when the clocks change.
 * `'prefect'`: wall-clock times, each once: a time that comes twice counts the first time (an hourly schedule pauses for two hours), and one
 * that is jumped over runs as long before the jump as it lies after its start.
 * `'elapsed'`: nothing that is due every hour is lost (through a repeated hour it runs in both), and a time that is jumped over runs as much later.
 */
export type DaylightSaving = 'prefect' | 'elapsed';

/** Due when a clock on the wall shows certain times. */
export interface CronSchedule {
  readonly kind: 'cron';
  readonly expression: string;
  /** IANA name. */
  readonly timezone: string;
  /** When both the day of month and the weekday are restricted: one is enough (true), or both must match. */
  readonly dayOr: boolean;
  readonly dst: DaylightSaving;
}

/** Due again and again, an interval apart, in step with an anchor (before it too). */
export interface IntervalSchedule {
  readonly kind: 'interval';
  /** Whole days in it are calendar days in the zone, the rest is elapsed time. */
  readonly intervalMs: number;
  readonly anchorAt: number;
  /** IANA name. */
  readonly timezone: string;
}

/** Due by a recurrence rule of RFC 5545, or a set of them. */
export interface RRuleSchedule {
  readonly kind: 'rrule';
  readonly rule: string;
  /** IANA name. All times in the rule are digits on this zone's clocks. */
  readonly timezone: string;
}

/** When something is due. */
export type Schedule = CronSchedule | IntervalSchedule | RRuleSchedule;

/** Options of `cron`. */
export interface CronOptions {
  /** IANA name; UTC unless given. */
  readonly timezone?: string | undefined;
  /** True unless given. */
  readonly dayOr?: boolean | undefined;
  /** `'prefect'` unless given. */
  readonly dst?: DaylightSaving | undefined;
}

/** Options of `interval`. */
export interface IntervalOptions {
  /** An instant (a Date, epoch milliseconds, or ISO 8601 with an offset) or a wall time in the zone (ISO 8601 without); 2020-01-01T00:00 unless given. */
  readonly anchor?: Date | number | string | undefined;
  /** IANA name; UTC unless given. */
  readonly timezone?: string | undefined;
}

/** Options of `rrule`. */
export interface RRuleOptions {
  /** IANA name; the one that DTSTART names, or else UTC, unless given. */
  readonly timezone?: string | undefined;
}

/**
 * Makes a cron schedule.
 *
 * @param expression five fields (minute, hour, day of month, month, weekday), then seconds, then years; or `@daily` and the like.
 * @throws {ScheduleError} when the expression or an option is wrong, or when the expression can never fire.
 * @example
 * cron('0 2 * * *', { timezone: 'Europe/Berlin' }) // at two every night
 */
export function cron(expression: string, options: Readonly<CronOptions> = {}): CronSchedule {
  const { timezone = 'UTC', dayOr = true, dst = 'prefect' } = options;
  const table = parseCron(expression);
  requireZone(timezone);
  if (typeof dayOr !== 'boolean') refuseField('dayOr', dayOr, 'must be true or false');
  if (dst !== 'prefect' && dst !== 'elapsed') refuseField('dst', dst, 'must be "prefect" or "elapsed"');
  if (createCronStepper(table, dayOr)(Date.UTC(table.years?.[0] ?? 1970, 0, 1) - 1) === undefined)
    refuseField('cron', expression, 'never fires: no such day exists');
  return { kind: 'cron', expression, timezone, dayOr, dst };
}

/**
 * Makes an interval schedule.
 *
 * @param every how long from one time to the next, as a duration; more than zero.
 * @throws {ScheduleError} when an option is wrong or the interval is zero.
 * @throws {DurationError} when `every` is no duration.
 * @example
 * interval('1h')
 * interval('1d', { anchor: '2026-01-01T09:00', timezone: 'Europe/Berlin' }) // at nine every morning, summer and winter
 */
export function interval(every: Duration, options: Readonly<IntervalOptions> = {}): IntervalSchedule {
  const { timezone = 'UTC', anchor = '2020-01-01T00:00:00' } = options;
  const zone = requireZone(timezone);
  const intervalMs = parseDuration(every, 'interval');
  if (intervalMs === 0) refuseField('interval', every, 'must be more than zero');
  return { kind: 'interval', intervalMs, anchorAt: readAnchor(anchor, zone), timezone };
}

/**
 * Makes a schedule from a recurrence rule.
 *
 * @param rule `FREQ=...`, or lines of DTSTART, RRULE, RDATE, EXRULE and EXDATE; at most 6500 characters. Without DTSTART it starts on 2020-01-01.
 * @throws {ScheduleError} when the rule or the time zone is wrong, or when DTSTART names another zone than the option does.
 * @example
 * rrule('FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17', { timezone: 'America/New_York' }) // at five on the last Friday
 */
export function rrule(rule: string, options: Readonly<RRuleOptions> = {}): RRuleSchedule {
  const { startZone } = parseRecurrence(rule);
  const timezone = options.timezone ?? startZone ?? 'UTC';
  const zone = requireZone(timezone);
  if (startZone !== undefined && findZone(startZone) !== zone)
    refuseField('rrule', rule, `names the zone ${startZone} in DTSTART, but timezone is ${timezone}`);
  return { kind: 'rrule', rule, timezone };
}

/**
 * Finds the zone of a schedule.
 *
 * @throws {ScheduleError} when the host knows no such zone.
 */
export function requireZone(timezone: string): Zone {
  const zone = isTimeZone(timezone) ? findZone(timezone) : undefined;
  return (
    zone ?? refuseField('timezone', timezone, 'must be an IANA time zone that this host knows, such as "Europe/Berlin"')
  );
}

function readAnchor(anchor: Date | number | string, zone: Zone): number {
  let anchorAt: number;
  if (typeof anchor === 'string') {
    const isWall = !/(?:[zZ]|[+-]\d{2}:?\d{2})$/.test(anchor) || /^\d{4}-\d{2}-\d{2}$/.test(anchor);
    const text = isWall ? `${anchor.includes('T') ? anchor : `${anchor}T00:00`}Z` : anchor;
    const parsed = /^\d{4}-\d{2}-\d{2}/.test(anchor) ? Date.parse(text) : Number.NaN;
    anchorAt = isWall && !Number.isNaN(parsed) ? fromWall(zone, parsed, { gap: 'later', fold: 'earlier' }) : parsed;
  } else {
    anchorAt = Number(anchor);
  }
  // A Date's range, less room for offsets and steps.
  if (!(Math.abs(anchorAt) < 8e15))
    refuseField('anchor', anchor, 'must be a Date, epoch milliseconds or an ISO 8601 time');
  return anchorAt;
}
