/** The error for an invalid schedule. */
import { describeValue } from './describe-value.ts';
import { MillraceError } from './millrace-error.ts';

/** A schedule that is none, thrown where it is made or read. `details` holds the `field` at fault and its `value`. */
export class ScheduleError extends MillraceError {
  constructor(message: string, details: Readonly<{ field: string; value: unknown }>) {
    super('ScheduleError', message, { details });
  }
}

/**
 * Refuses one field of a schedule.
 *
 * @throws {ScheduleError} always.
 */
export function refuseField(field: string, value: unknown, why: string): never {
  const shown =
    typeof value === 'string'
      ? JSON.stringify(value.length > 80 ? `${value.slice(0, 79)}…` : value)
      : describeValue(value);
  throw new ScheduleError(`${field} ${why}; got ${shown}.`, { field, value });
}
