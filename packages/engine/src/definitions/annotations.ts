/**
 * Marks on arguments: `unmapped(x)` goes whole to every run of a map; `allowFailure(future)` passes the state of a run
 * in place of its value, so that a failed upstream doesn't stop the downstream.
 */
import { knownToCopies } from '@millrace/kernel';
import type { State } from './state.ts';

/** See {@link unmapped}. */
export class Unmapped<T> {
  readonly value: T;
  constructor(value: T) {
    this.value = value;
  }
}
knownToCopies('Unmapped', Unmapped);

/** See {@link allowFailure}. */
export class AllowFailure<T> {
  readonly future: PromiseLike<T>;
  /** Type only: what the body receives. */
  declare readonly state: State<T>;
  constructor(future: PromiseLike<T>) {
    this.future = future;
  }
}
knownToCopies('AllowFailure', AllowFailure);

/**
 * Passes a value whole to every run of a map.
 *
 * @param value anything, iterables included
 * @example
 * resize.map(images, unmapped([640, 480]));
 */
export function unmapped<T>(value: T): Unmapped<T> {
  return new Unmapped(value);
}

/**
 * Lets a task run though the run behind this future failed: the body gets its {@link State}.
 *
 * @param future a future of a task or flow run
 * @example
 * report(allowFailure(load.submit()));
 */
export function allowFailure<T>(future: PromiseLike<T>): AllowFailure<T> {
  return new AllowFailure(future);
}
