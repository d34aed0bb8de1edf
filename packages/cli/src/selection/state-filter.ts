/** The values of `--state`: a type (`FAILED`), a name (`TimedOut`) or `Orphaned`, in any case. */
import { type NamedStates, StateType, type StateWordsProblem, statesNamed } from '@millrace/kernel';
import { UsageError } from '../arguments/usage-error.ts';

/**
 * Whether runs without a process are meant, which is no recorded state: the records of a filter are then still to be asked for theirs.
 *
 * @throws UsageError where other states stand beside it
 */
export function asksForOrphans(words: readonly string[] = []): boolean {
  return statesNamed(words, refusal).isOrphaned;
}

/** The part of a filter that these words stand for. */
export function stateFilter(words: readonly string[]): Omit<NamedStates, 'isOrphaned'> {
  const { isOrphaned: _, ...states } = statesNamed(words, refusal);
  return states;
}

function refusal(problem: StateWordsProblem): UsageError {
  switch (problem.kind) {
    case 'orphaned-with-others':
      return new UsageError('Give Orphaned alone to --state, without other states beside it.');
    case 'types-with-names':
      return new UsageError('Give types of states (FAILED) or names (TimedOut) to --state, not both.');
    case 'unknown':
      return new UsageError(
        `'${problem.word}' is no state. States are ${Object.values(StateType).join(', ')}, names such as TimedOut or Cached, and Orphaned.`,
      );
  }
}
