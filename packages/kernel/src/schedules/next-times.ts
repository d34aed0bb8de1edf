/**
 * Computes the next times of a schedule of any of the three kinds.
 *
 * The result depends on its arguments and the host's time zone data only. The instants of a schedule are a fixed set, so a search that
 * starts at any of them continues the first one.
 */
import { createCronStepper } from './cron/next.ts';
import { parseCron } from './cron/parse.ts';
import { instantsOfInterval, type Span } from './interval.ts';
import { parseRecurrence } from './rrule-text.ts';
import { createRecurrenceStepper } from './rrule.ts';
import { refuseField } from '../errors/schedule-error.ts';
import { requireZone, type CronSchedule, type RRuleSchedule, type Schedule } from './schedule.ts';
import { instantsOfWalls } from './wall-times.ts';

/** Prefect: MAX_ITERATIONS. */
const longestCount = 1000;
/** A century: no schedule is waited for longer, and a rule that fires every thousand years must not be searched for. */
const longestSpanMs = 100 * 365.25 * 86_400_000;
/** A Date's range, less room for offsets and the span. */
const farthestAt = 5e15;

/** The request to `nextTimes`. */
export interface NextTimesOptions {
  /** Only instants after this one, in epoch milliseconds. */
  readonly after: number;
  /** How many at most; more than 1000 count as 1000. */
  readonly count: number;
  /** Only instants up to this one, itself included; a century after `after` at most. */
  readonly until?: number | undefined;
}

/**
 * Finds the next instants at which a schedule is due.
 *
 * @param schedule from `cron`, `interval` or `rrule`, or the same data from elsewhere: it is checked.
 * @returns epoch milliseconds, ascending, each once; fewer than `count` when the schedule ends or `until` comes first.
 * @throws {ScheduleError} when the schedule or an option is wrong.
 * @example
 * nextTimes(cron('0 2 * * *'), { after: Date.UTC(2026, 10, 23), count: 1 }) // [Date.UTC(2026, 10, 23, 2)]
 */
export function nextTimes(schedule: Schedule, options: Readonly<NextTimesOptions>): number[] {
  const { after, count, until = Number.POSITIVE_INFINITY } = options;
  if (!(Math.abs(after) <= farthestAt)) refuseField('after', after, 'must be an instant in epoch milliseconds');
  if (!Number.isInteger(count) || count < 0) refuseField('count', count, 'must be a whole number, zero or more');
  if (Number.isNaN(until)) refuseField('until', until, 'must be an instant in epoch milliseconds');
  const times: number[] = [];
  if (count === 0) return times;
  const untilAt = Math.min(until, after + longestSpanMs);
  for (const at of instantsOf(schedule, { afterAt: after, untilAt })) {
    if (at > untilAt) break;
    times.push(at);
    if (times.length >= Math.min(count, longestCount)) break;
  }
  return times;
}

function instantsOf(schedule: Schedule, span: Span): Iterable<number> {
  switch (schedule.kind) {
    case 'cron':
      return cronInstants(schedule, span);
    case 'interval': {
      const { intervalMs, anchorAt, timezone } = schedule;
      if (!Number.isInteger(intervalMs) || intervalMs <= 0)
        refuseField('intervalMs', intervalMs, 'must be whole milliseconds, more than zero');
      if (!Number.isFinite(anchorAt)) refuseField('anchorAt', anchorAt, 'must be an instant in epoch milliseconds');
      return instantsOfInterval({ intervalMs, anchorAt, zone: requireZone(timezone) }, span);
    }
    case 'rrule':
      return recurrenceInstants(schedule, span);
    default:
      return refuseField('kind', (schedule as { kind?: unknown }).kind, 'must be "cron", "interval" or "rrule"');
  }
}

function cronInstants({ expression, timezone, dayOr, dst }: CronSchedule, span: Span): Iterable<number> {
  const table = parseCron(expression);
  const rule =
    dst === 'elapsed'
      ? ({ gap: 'later', fold: table.everyHour ? 'both' : 'first' } as const)
      : ({ gap: 'earlier', fold: 'first' } as const);
  return instantsOfWalls(createCronStepper(table, dayOr), requireZone(timezone), { ...span, rule });
}

function recurrenceInstants({ rule, timezone }: RRuleSchedule, span: Span): Iterable<number> {
  const stepper = createRecurrenceStepper(parseRecurrence(rule), rule);
  return instantsOfWalls(stepper, requireZone(timezone), { ...span, rule: { gap: 'earlier', fold: 'first' } });
}
