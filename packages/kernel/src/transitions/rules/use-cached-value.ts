/** A client's task run whose value is cached completes with this value and does not run. */
import { StateName, StateType } from '../../states/state.ts';
import { completed } from '../../states/constructors.ts';
import { type Rule, reject } from '../rule.ts';
import { anyOrigin } from '../state-sets.ts';

export const useCachedValue: Rule = {
  name: 'use-cached-value',
  summary:
    "A client's task run that starts with the cache key of a stored value is COMPLETED with it, under the name Cached.",
  prefect: 'CacheRetrieval',
  of: 'task',
  driver: 'client',
  from: anyOrigin,
  to: [StateType.Running],
  decide({ run: { needs }, proposed }) {
    const cacheKey = proposed.details?.cacheKey;
    const cached = needs?.cached ?? null;
    if (cached === null || cacheKey === undefined || proposed.details?.refreshCache === true) return undefined;
    const state = completed(proposed.at, { name: StateName.Cached, details: { cacheKey } });
    return reject('Retrieved state from cache', { ...state, data: cached.data });
  },
};
