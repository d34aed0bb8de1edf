/**
 * The errors that are not retried, because the next attempt would fail in the same way: the author declared it (`NonRetryable`), or the
 * error is about the program or one of its values.
 */
import {
  AmbiguousReplay,
  ConfigurationError,
  DuplicateName,
  NonRetryable,
  NotSerializable,
  NotTransferable,
  ResultTooLarge,
  WaitCycleError,
} from '@millrace/kernel';

const lasting = [
  AmbiguousReplay,
  NonRetryable,
  ConfigurationError,
  DuplicateName,
  NotTransferable,
  NotSerializable,
  ResultTooLarge,
  WaitCycleError,
];

export function noRetryHelps(error: unknown): boolean {
  return lasting.some((kind) => error instanceof kind);
}
