/** States as a person or a program names them in a filter: types (`FAILED`), names (`TimedOut`), or `Orphaned`, in any case. */
import { StateName, StateType } from '../states/state.ts';
import { isTerminalType } from '../states/predicates.ts';

/** The types of runs that have not ended. */
export const unfinishedTypes: readonly StateType[] = Object.values(StateType).filter((type) => !isTerminalType(type));

/** The states that the words stand for. */
export interface NamedStates {
  readonly stateTypes?: readonly string[];
  readonly stateNames?: readonly string[];
  /** Only runs without a process, which is no recorded state: each of the records is still to be asked for its process. */
  readonly isOrphaned: boolean;
}

/** Why words stand for no states: one is neither a type nor a name, or the words do not go together. */
export type StateWordsProblem =
  | { readonly kind: 'unknown'; readonly word: string }
  | { readonly kind: 'orphaned-with-others' }
  | { readonly kind: 'types-with-names' };

const orphanedWord = 'orphaned';

/**
 * The states that the words stand for. No words stand for every state.
 *
 * @param refuse makes the error that is thrown: only the caller knows what the words were given to
 * @example
 * statesNamed(['failed', 'crashed'], raise); // { stateTypes: ['FAILED', 'CRASHED'], isOrphaned: false }
 */
export function statesNamed(words: readonly string[], refuse: (problem: StateWordsProblem) => Error): NamedStates {
  if (words.some((word) => word.toLowerCase() === orphanedWord)) {
    if (words.length > 1) throw refuse({ kind: 'orphaned-with-others' });
    return { stateTypes: unfinishedTypes, isOrphaned: true };
  }
  const stateTypes: string[] = [];
  const stateNames: string[] = [];
  for (const word of words) {
    const type = Object.values(StateType).find((one) => one === word.toUpperCase());
    const name = Object.values(StateName).find((one) => one.toLowerCase() === word.toLowerCase());
    if (type !== undefined) stateTypes.push(type);
    else if (name !== undefined) stateNames.push(name);
    else throw refuse({ kind: 'unknown', word });
  }
  if (stateTypes.length > 0 && stateNames.length > 0) throw refuse({ kind: 'types-with-names' });
  return {
    ...(stateTypes.length === 0 ? {} : { stateTypes }),
    ...(stateNames.length === 0 ? {} : { stateNames }),
    isOrphaned: false,
  };
}
