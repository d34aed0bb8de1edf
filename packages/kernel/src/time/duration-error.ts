/** The error for a length of time that cannot be one. */

/** Thrown by `parseDuration`; `details` holds the name of the option and what was given for it. */
export class DurationError extends Error {
  override readonly name = 'DurationError';
  readonly code = 'DURATION_INVALID';
  readonly details: Readonly<{ field: string; value: unknown }>;

  constructor(message: string, details: Readonly<{ field: string; value: unknown }>) {
    super(message);
    this.details = details;
  }
}
