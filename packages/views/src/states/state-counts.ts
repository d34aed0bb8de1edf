/** Counts runs by state type, and chooses the one type that represents all of them. */
import type { State, StateType } from '@millrace/kernel';

/** Numbers of runs by the type of their state; a type without runs is absent. */
export type StateCounts = Readonly<Partial<Record<StateType, number>>>;

/** The counts of some runs by state type. */
export function countStates(states: Iterable<Pick<State, 'type'>>): StateCounts {
  const counts: Partial<Record<StateType, number>> = {};
  for (const { type } of states) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

/** The order in which counts are shown. */
const shownOrder: readonly StateType[] = [
  'COMPLETED',
  'FAILED',
  'CRASHED',
  'CANCELLED',
  'CANCELLING',
  'RUNNING',
  'PENDING',
  'SCHEDULED',
  'PAUSED',
];

/** The counts above zero, in the order in which they are shown. */
export function shownCounts(counts: StateCounts): readonly (readonly [StateType, number])[] {
  return shownOrder.flatMap((type) => {
    const count = counts[type] ?? 0;
    return count === 0 ? [] : [[type, count] as const];
  });
}

/** Unfinished types come first, then failures. */
const precedence: readonly StateType[] = [
  'RUNNING',
  'CANCELLING',
  'PAUSED',
  'SCHEDULED',
  'PENDING',
  'FAILED',
  'CRASHED',
  'CANCELLED',
];

/** The type that says most about a group of runs. */
export function groupState(counts: StateCounts): StateType {
  return precedence.find((type) => (counts[type] ?? 0) > 0) ?? 'COMPLETED';
}
