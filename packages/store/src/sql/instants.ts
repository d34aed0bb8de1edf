/**
 * Time in rows: instants and durations are whole microseconds there, and milliseconds with fractions everywhere else.
 *
 * A number holds the microseconds of today exactly, and the milliseconds to within a quarter of one: what is rounded to whole
 * microseconds and read back is written as the same microsecond again.
 */
import { integer } from './columns.ts';

const microsPerMs = 1_000;

/**
 * An instant or a duration for a row.
 * @throws RangeError when it is no finite number of a size that both databases hold.
 */
export function toMicros(ms: number, field: string): number {
  return integer(ms * microsPerMs, field);
}

/** As `toMicros`; null stays null. */
export function toMicrosOrNull(ms: number | null, field: string): number | null {
  return ms === null ? null : toMicros(ms, field);
}

/** Of a row, in milliseconds. */
export function toMs(micros: number): number {
  return micros / microsPerMs;
}

/** The least microseconds that are no earlier than this instant. */
export function firstMicrosAt(ms: number): number {
  const nearest = Math.round(ms * microsPerMs);
  return toMs(nearest) >= ms ? nearest : nearest + 1;
}

/** The most microseconds that are no later than this instant. */
export function lastMicrosAt(ms: number): number {
  const nearest = Math.round(ms * microsPerMs);
  return toMs(nearest) <= ms ? nearest : nearest - 1;
}

/** The first whole millisecond that is not before it: for timers, which know no fractions. */
export function wholeMsAfter(micros: number): number {
  return Math.ceil(micros / microsPerMs);
}
