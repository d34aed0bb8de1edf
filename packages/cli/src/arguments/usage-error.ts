/** A mistake in the command line: reported without a stack, with exit code 2. */
import { MillraceError } from '@millrace/kernel';

export class UsageError extends MillraceError {
  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super('UsageError', message, { details });
  }
}
