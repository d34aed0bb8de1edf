/** Errors that the next attempt would meet again: the author said so, or they are about how the program is written. */
import { ConfigurationError, NonRetryable, NotTransferable } from '@millrace/kernel';

export function noRetryHelps(error: unknown): boolean {
  return error instanceof NonRetryable || error instanceof NotTransferable || error instanceof ConfigurationError;
}
