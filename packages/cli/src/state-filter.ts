/** `--state` as people write it: a type (`FAILED`) or a name (`TimedOut`), in any case. */
import { StateName, StateType } from '@millrace/kernel';
import { UsageError } from './usage-error.ts';

/** The part of a filter that these words stand for. */
export function stateFilter(words: readonly string[]): {
  readonly stateTypes?: readonly string[];
  readonly stateNames?: readonly string[];
} {
  const types: string[] = [];
  const names: string[] = [];
  for (const word of words) {
    const type = Object.values(StateType).find((one) => one === word.toUpperCase());
    const name = Object.values(StateName).find((one) => one.toLowerCase() === word.toLowerCase());
    if (type !== undefined) types.push(type);
    else if (name !== undefined) names.push(name);
    else
      throw new UsageError(
        `'${word}' is no state. States are ${Object.values(StateType).join(', ')}, and names such as TimedOut or Cached.`,
      );
  }
  if (types.length > 0 && names.length > 0)
    throw new UsageError('Give types of states (FAILED) or names (TimedOut) to --state, not both.');
  return { ...(types.length === 0 ? {} : { stateTypes: types }), ...(names.length === 0 ? {} : { stateNames: names }) };
}
