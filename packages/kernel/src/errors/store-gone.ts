/** Detects the error of a database that was moved, replaced or deleted under its process, which can record nothing any more. */
import { StoreUnavailable } from './store-errors.ts';

/** Whether the database was moved, replaced or deleted under this process: it can write nothing any more. */
export function isStoreGone(error: unknown): error is Error {
  return error instanceof StoreUnavailable && error.details['problem'] === 'gone';
}
