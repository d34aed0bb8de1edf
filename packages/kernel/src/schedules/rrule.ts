/**
 * The wall times of a recurrence rule, expanded by rrule-temporal.
 *
 * The rule is expanded in UTC as if its digits were UTC's, and the results are read as wall times: daylight saving is then
 * met in one place for all kinds of schedules (`wall-times.ts`), as dateutil does by stepping through naive times. This
 * module loads the library, so only `@millrace/kernel/schedules` may import it, never the package's entry.
 */
import { RRuleTemporal } from 'rrule-temporal';
import type { RecurrenceSet, RulePart } from './rrule-text.ts';
import { parseWall } from './rrule-text.ts';
import { refuseField } from '../errors/schedule-error.ts';
import type { NextWall } from './wall-times.ts';

/** Prefect: DEFAULT_ANCHOR_DATE. */
const defaultStartWall = Date.UTC(2020, 0, 1);
/** The lengths of the periods that are all alike, so that a rule may be moved along by whole ones, or counted without walking. */
const evenPeriodMs: Readonly<Record<string, number>> = {
  SECONDLY: 1000,
  MINUTELY: 60_000,
  HOURLY: 3_600_000,
  DAILY: 86_400_000,
  WEEKLY: 604_800_000,
};
/** A rule that finds nothing in so many periods is taken to have ended: it covers 10,000 years of YEARLY, and a century of DAILY with COUNT. */
const searchedPeriodCount = 40_000;

/**
 * Makes the stepper of a recurrence set.
 *
 * @param set from `parseRecurrence`.
 * @param text the rule as it was given, for errors.
 */
export function createRecurrenceStepper(set: RecurrenceSet, text: string): NextWall {
  const startWall = set.startWall ?? defaultStartWall;
  const included: NextWall[] = set.rules.map((rule) => createRuleStepper(rule, startWall, text));
  included.push(createDateStepper(set.dates));
  const excludedDates = new Set(set.exclusionDates);
  const excluded = set.exclusionRules.map((rule) => createRuleStepper(rule, startWall, text));
  const isExcluded = (wall: number) => excludedDates.has(wall) || excluded.some((step) => step(wall - 1) === wall);
  return (wall) => {
    let next = smallest(included, wall);
    for (let skippedCount = 0; next !== undefined && isExcluded(next); skippedCount++) {
      next = skippedCount < longestExclusionCount ? smallest(included, next) : undefined;
    }
    return next;
  };
}

/** A set whose exclusions cover so many occurrences in a row is taken to have ended: they may well cover all. */
const longestExclusionCount = 20_000;

function smallest(steppers: readonly NextWall[], wall: number): number | undefined {
  let found: number | undefined;
  for (const step of steppers) {
    const next = step(wall);
    if (next !== undefined && (found === undefined || next < found)) found = next;
  }
  return found;
}

function createDateStepper(dates: readonly number[]): NextWall {
  const sorted = [...dates].sort((a, b) => a - b);
  return (wall) => sorted.find((date) => date > wall);
}

function createRuleStepper(rule: RulePart, startWall: number, text: string): NextWall {
  const limits = readLimits(rule, startWall);
  const options = { rruleString: toRuleText(rule, limits), maxIterations: searchedPeriodCount, cache: false };
  // Without COUNT nothing depends on how many came before, so the rule may start at any period: near the question is where it is cheap.
  const periodMs =
    limits.count === undefined ? (evenPeriodMs[rule.get('FREQ') ?? ''] ?? 0) * Number(rule.get('INTERVAL') ?? 1) : 0;
  let expander: RRuleTemporal | undefined;
  let expandsFromWall = Number.NaN;
  return (wall) => {
    const skipped = periodMs > 0 ? Math.max(0, Math.floor((wall - startWall) / periodMs) - 1) : 0;
    const fromWall = startWall + skipped * periodMs;
    if (
      expander === undefined ||
      fromWall - expandsFromWall > keptPeriodCount * periodMs ||
      fromWall < expandsFromWall
    ) {
      expander = new RRuleTemporal({
        ...options,
        rruleString: `DTSTART:${formatWall(fromWall)}\nRRULE:${options.rruleString}`,
      });
      expandsFromWall = fromWall;
    }
    return nextOf(expander, wall, text);
  };
}

/** How many periods a moved rule serves before it is moved again. */
const keptPeriodCount = 1000;

function nextOf(expander: RRuleTemporal, wall: number, text: string): number | undefined {
  try {
    return expander.next(new Date(wall), false)?.epochMilliseconds;
  } catch (error) {
    if (!/^Maximum iterations/.test(error instanceof Error ? error.message : ''))
      refuseField('rrule', text, `cannot be expanded (${String(error)})`);
    return undefined;
  }
}

/** RFC 5545 has four digits for a year. */
const latestWall = Date.UTC(9999, 11, 31, 23, 59, 59);

interface Limits {
  readonly count: number | undefined;
  readonly untilWall: number | undefined;
}

function readLimits(rule: RulePart, startWall: number): Limits {
  const count = rule.has('COUNT') ? Number(rule.get('COUNT')) : undefined;
  const until = rule.get('UNTIL');
  const untilWall = until === undefined ? undefined : parseWall(until);
  const period = evenPeriodMs[rule.get('FREQ') ?? ''];
  const isPlain = ![...rule.keys()].some((name) => name.startsWith('BY'));
  if (count === undefined || period === undefined || !isPlain) return { count, untilWall };
  // A plain rule's last occurrence can be computed: counting a million of them cannot be afforded.
  const lastWall = Math.min(startWall + (count - 1) * period * Number(rule.get('INTERVAL') ?? 1), latestWall);
  return { count: undefined, untilWall: Math.min(lastWall, untilWall ?? lastWall) };
}

function toRuleText(rule: RulePart, limits: Limits): string {
  const parts = [...rule]
    .filter(([name]) => name !== 'COUNT' && name !== 'UNTIL')
    .map(([name, value]) => `${name}=${value}`);
  if (limits.count !== undefined) parts.push(`COUNT=${limits.count}`);
  if (limits.untilWall !== undefined) parts.push(`UNTIL=${formatWall(limits.untilWall)}`);
  return parts.join(';');
}

function formatWall(wall: number): string {
  return `${new Date(wall).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}
