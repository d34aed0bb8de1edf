/** A command line that is wrong: told without a stack, and the exit code is 2. */
import { MillraceError } from '@millrace/kernel';

export class UsageError extends MillraceError {
  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super('UsageError', message, { details });
  }
}
