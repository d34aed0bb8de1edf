/** The error for an invalid duration. */
import { MillraceError } from './millrace-error.ts';

/** A duration that is none. `details` holds the name of the option (`field`) and what was given for it (`value`). */
export class DurationError extends MillraceError {
  constructor(message: string, details: Readonly<{ field: string; value: unknown }>) {
    super('DurationError', message, { details });
  }
}
