/**
 * Reads the text of a recurrence rule (RFC 5545) into its parts, and refuses what is wrong with it.
 *
 * Written in dateutil's reading, which Prefect uses: properties are parted by any white space; times are digits on the
 * schedule's clock, so that a `Z` or a `TZID` does not move them; a text with dates and no rule is a set too. Light on
 * purpose: making a schedule must not load the library that expands one.
 */
import { refuseField } from '../errors/schedule-error.ts';

/** One RRULE or EXRULE: its parts by name, in upper case. */
export type RulePart = ReadonlyMap<string, string>;

/** A recurrence rule, understood. Times are wall times. */
export interface RecurrenceSet {
  /** Undefined: 2020-01-01T00:00:00, as in Prefect. */
  readonly startWall: number | undefined;
  /** The zone that DTSTART names, if any. */
  readonly startZone: string | undefined;
  readonly rules: readonly RulePart[];
  readonly exclusionRules: readonly RulePart[];
  readonly dates: readonly number[];
  readonly exclusionDates: readonly number[];
}

/** Prefect: about a year of daily RDATEs. */
const longestText = 6500;

const integer = (min: number, max: number) => (text: string) =>
  /^[+-]?\d+$/.test(text) &&
  Math.abs(Number(text)) >= min &&
  Math.abs(Number(text)) <= max &&
  (min > 0 || !text.startsWith('-'));
const positive = (text: string) => /^\d+$/.test(text) && Number(text) >= 1;
const listOf = (each: (text: string) => boolean) => (text: string) => text.split(',').every(each);
const unsigned = (min: number, max: number) => (text: string) =>
  /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max;

/** The values that each part of a rule may have. */
const partChecks: Readonly<Record<string, (text: string) => boolean>> = {
  FREQ: (text) => /^(YEARLY|MONTHLY|WEEKLY|DAILY|HOURLY|MINUTELY|SECONDLY)$/.test(text),
  INTERVAL: positive,
  COUNT: positive,
  UNTIL: (text) => parseWall(text) !== undefined,
  WKST: (text) => /^(MO|TU|WE|TH|FR|SA|SU)$/.test(text),
  BYSETPOS: listOf(integer(1, 366)),
  BYMONTH: listOf(unsigned(1, 12)),
  BYMONTHDAY: listOf(integer(1, 31)),
  BYYEARDAY: listOf(integer(1, 366)),
  BYWEEKNO: listOf(integer(1, 53)),
  BYDAY: listOf((text) => /^([+-]?[1-9]\d?)?(MO|TU|WE|TH|FR|SA|SU)$/.test(text)),
  BYHOUR: listOf(unsigned(0, 23)),
  BYMINUTE: listOf(unsigned(0, 59)),
  BYSECOND: listOf(unsigned(0, 59)),
};

/**
 * Reads a recurrence rule or a set of them.
 *
 * @param text `FREQ=...` alone, or lines of DTSTART, RRULE, RDATE, EXRULE and EXDATE.
 * @throws {ScheduleError} when it is longer than 6500 characters or is no recurrence rule.
 */
export function parseRecurrence(text: string): RecurrenceSet {
  if (typeof text !== 'string') refuseField('rrule', text, 'must be a text such as "FREQ=DAILY"');
  if (text.length > longestText)
    refuseField('rrule', text, `must not be longer than ${longestText} characters (it has ${text.length})`);
  const lines = text
    .trim()
    .split(/\s+/)
    .filter((line) => line !== '');
  if (lines.length === 0) refuseField('rrule', text, 'must not be empty');
  const set = { start: undefined as { wall: number; zone: string | undefined } | undefined, rules: [] as RulePart[] };
  const rest = { exclusionRules: [] as RulePart[], dates: [] as number[], exclusionDates: [] as number[] };
  for (const line of lines) {
    const colon = line.indexOf(':');
    const [property = '', ...parameters] = (colon < 0 ? 'RRULE' : line.slice(0, colon)).split(';');
    const value = line.slice(colon + 1);
    checkParameters(property.toUpperCase(), parameters, text);
    switch (property.toUpperCase()) {
      case 'RRULE':
        set.rules.push(parseRule(value, text));
        break;
      case 'EXRULE':
        rest.exclusionRules.push(parseRule(value, text));
        break;
      case 'RDATE':
        rest.dates.push(...parseDates(value, text));
        break;
      case 'EXDATE':
        rest.exclusionDates.push(...parseDates(value, text));
        break;
      case 'DTSTART':
        set.start = parseStart(value, parameters, text);
        break;
      default:
        refuseField('rrule', text, `has a property that is not known, ${property}`);
    }
  }
  if (set.rules.length === 0 && rest.dates.length === 0)
    refuseField('rrule', text, 'has no rule and no RDATE, so it would never fire');
  return { startWall: set.start?.wall, startZone: set.start?.zone, rules: set.rules, ...rest };
}

function checkParameters(property: string, parameters: readonly string[], text: string): void {
  for (const parameter of parameters) {
    const isTime = /^VALUE=DATE(-TIME)?$/i.test(parameter) || (/^TZID=/i.test(parameter) && property !== 'RDATE');
    if (!isTime || property === 'RRULE' || property === 'EXRULE')
      refuseField('rrule', text, `has a parameter of ${property} that is not known, ${parameter}`);
  }
}

function parseRule(value: string, text: string): RulePart {
  const parts = new Map<string, string>();
  for (const pair of value.toUpperCase().split(';')) {
    const [name = '', content = '', ...more] = pair.split('=');
    if (content === '' || more.length > 0)
      refuseField('rrule', text, `has a part that is not NAME=VALUE, ${JSON.stringify(pair)}`);
    // RFC 5545 calls it BYDAY; dateutil takes both.
    const key = name === 'BYWEEKDAY' ? 'BYDAY' : name;
    const check = partChecks[key];
    if (check === undefined) refuseField('rrule', text, `has a part that is not known, ${name}`);
    if (!check(content)) refuseField('rrule', text, `has a ${name} that cannot be ${content}`);
    parts.set(key, content);
  }
  if (!parts.has('FREQ')) refuseField('rrule', text, 'has a rule without FREQ');
  return parts;
}

function parseStart(
  value: string,
  parameters: readonly string[],
  text: string,
): { wall: number; zone: string | undefined } {
  const wall = parseWall(value);
  if (wall === undefined) refuseField('rrule', text, `has a DTSTART that is no date, ${value}`);
  const zone = parameters.find((parameter) => /^TZID=/i.test(parameter))?.slice(5);
  return { wall, zone };
}

function parseDates(value: string, text: string): number[] {
  return value.split(',').map((date) => {
    const wall = parseWall(date);
    if (wall === undefined) refuseField('rrule', text, `has a date that is none, ${JSON.stringify(date)}`);
    return wall;
  });
}

/**
 * Reads a date or a time of RFC 5545, or the same in ISO 8601's extended form.
 *
 * @returns the wall time of its digits, or undefined when it is none. A date alone is midnight; a `Z` is left aside.
 */
export function parseWall(text: string): number | undefined {
  const parts = /^(\d{4})-?(\d{2})-?(\d{2})(?:T(\d{2}):?(\d{2}):?(\d{2})?Z?)?$/i.exec(text);
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(wall);
  const isReal =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return isReal ? wall : undefined;
}
