/** Errors that the next attempt would meet again: the author said so, or they are about the program or a value of its. */
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
