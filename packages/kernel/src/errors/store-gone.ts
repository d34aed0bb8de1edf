/** What a process that holds runs has to ask of a store's error: whether it can go on. */
import { StoreUnavailable } from './store-errors.ts';

/** Whether the database was moved, replaced or deleted under this process: it can write nothing any more. */
export function isStoreGone(error: unknown): error is Error {
  return error instanceof StoreUnavailable && error.details['problem'] === 'gone';
}
