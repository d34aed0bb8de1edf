/** The value that a client's task run completed with is stored under its cache key. */
import { StateName, StateType } from '../../states/state.ts';
import { need, type Rule, reject } from '../rule.ts';
import { anyOrigin } from '../state-sets.ts';

const keyLengthMax = 2_000;

export const putCachedValue: Rule = {
  name: 'put-cached-value',
  summary: "What a client's task run completed with is stored under its cache key; a key that is too long is refused.",
  prefect: 'CacheInsertion',
  of: 'task',
  driver: 'client',
  from: anyOrigin,
  to: [StateType.Completed],
  decide({ run: { needs }, proposed }) {
    const cacheKey = proposed.details?.cacheKey;
    if (needs === null || cacheKey === undefined || proposed.name === StateName.Cached) return undefined;
    if (cacheKey.length > keyLengthMax)
      return reject(`Cache key exceeded maximum allowed length of ${keyLengthMax} characters.`);
    return need({ kind: 'put-cached', cacheKey });
  },
};
