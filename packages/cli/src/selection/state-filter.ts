/** `--state` as people write it: a type (`FAILED`), a name (`TimedOut`) or `Orphaned`, in any case. */
import { StateName, StateType } from '@millrace/kernel';
import { UsageError } from '../arguments/usage-error.ts';

/** Those of runs that have not ended. */
export const unfinishedTypes: readonly StateType[] = [
  StateType.Scheduled,
  StateType.Pending,
  StateType.Running,
  StateType.Paused,
  StateType.Cancelling,
];

const orphanedWord = 'orphaned';

/**
 * Whether runs without a process are meant, which is no recorded state: the records of a filter are then still to be asked for theirs.
 *
 * @throws UsageError where other states stand beside it
 */
export function asksForOrphans(words: readonly string[] = []): boolean {
  if (!words.some((word) => word.toLowerCase() === orphanedWord)) return false;
  if (words.length > 1) throw new UsageError('Give Orphaned alone to --state, without other states beside it.');
  return true;
}

/** The part of a filter that these words stand for. */
export function stateFilter(words: readonly string[]): {
  readonly stateTypes?: readonly string[];
  readonly stateNames?: readonly string[];
} {
  if (asksForOrphans(words)) return { stateTypes: unfinishedTypes };
  const types: string[] = [];
  const names: string[] = [];
  for (const word of words) {
    const type = Object.values(StateType).find((one) => one === word.toUpperCase());
    const name = Object.values(StateName).find((one) => one.toLowerCase() === word.toLowerCase());
    if (type !== undefined) types.push(type);
    else if (name !== undefined) names.push(name);
    else
      throw new UsageError(
        `'${word}' is no state. States are ${Object.values(StateType).join(', ')}, names such as TimedOut or Cached, and Orphaned.`,
      );
  }
  if (types.length > 0 && names.length > 0)
    throw new UsageError('Give types of states (FAILED) or names (TimedOut) to --state, not both.');
  return { ...(types.length === 0 ? {} : { stateTypes: types }), ...(names.length === 0 ? {} : { stateNames: names }) };
}
