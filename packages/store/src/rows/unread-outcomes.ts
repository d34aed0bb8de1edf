/**
 * Remembers which records were read without their outcome, so that a write of such a record does not erase the stored outcome.
 *
 * The mark holds while the record's state is the same object that was read, because a new state brings its own outcome.
 */
import type { State } from '@millrace/kernel';

const stateAtReading = new WeakMap<object, State>();

/** Marks a record whose outcome was not selected. */
export function markUnread<T extends { state: State }>(record: T): T {
  stateAtReading.set(record, record.state);
  return record;
}

/** Whether a write of this record must leave the stored outcome as it is. */
export function keepsStoredOutcome(record: { readonly state: State; readonly outcome: string | null }): boolean {
  return record.outcome === null && stateAtReading.get(record) === record.state;
}
