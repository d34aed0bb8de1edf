/**
 * Remembers which records were read without their outcome, so that writing one back does not erase what is stored.
 *
 * The mark holds while the record's state is the very object that was read: a new state brings its own outcome.
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
