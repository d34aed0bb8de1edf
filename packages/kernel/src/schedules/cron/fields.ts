/**
 * The fields of a cron expression: their order, their ranges, their names. The parser is driven by this table.
 *
 * The order is croniter's, which Prefect uses: seconds are the sixth field and years the seventh, after the classical five.
 */

/** The values that one field may have. */
export interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Three-letter names, in lower case. */
  readonly names?: Readonly<Record<string, number>>;
}

export const minuteField: CronField = { name: 'minute', min: 0, max: 59 };
export const hourField: CronField = { name: 'hour', min: 0, max: 23 };
export const dayField: CronField = { name: 'day of month', min: 1, max: 31 };
export const monthField: CronField = {
  name: 'month',
  min: 1,
  max: 12,
  names: { jan: 1, feb: 2, mar: 3, apr: 4, may: 5, jun: 6, jul: 7, aug: 8, sep: 9, oct: 10, nov: 11, dec: 12 },
};
/** Sunday is 0, and 7 as well where there are five fields. */
export const weekdayField: CronField = {
  name: 'day of week',
  min: 0,
  max: 6,
  names: { sun: 0, mon: 1, tue: 2, wed: 3, thu: 4, fri: 5, sat: 6 },
};
export const secondField: CronField = { name: 'second', min: 0, max: 59 };
export const yearField: CronField = { name: 'year', min: 1970, max: 2099 };

/** The expressions that the `@` names stand for. */
export const cronNicknames: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
