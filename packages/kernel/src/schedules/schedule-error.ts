/** The error for a schedule that cannot be one. */

/** Thrown where a schedule is made or read; `details` holds the field at fault and what was given for it. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
  readonly code = 'SCHEDULE_INVALID';
  readonly details: Readonly<{ field: string; value: unknown }>;

  constructor(message: string, details: Readonly<{ field: string; value: unknown }>) {
    super(message);
    this.details = details;
  }
}

/**
 * Refuses one field of a schedule.
 *
 * @throws {ScheduleError} always.
 */
export function refuseField(field: string, value: unknown, why: string): never {
  const shown =
    typeof value === 'string' ? JSON.stringify(value.length > 80 ? `${value.slice(0, 79)}…` : value) : String(value);
  throw new ScheduleError(`${field} ${why}; got ${shown}.`, { field, value });
}
