/** A task run that a client drives starts with a slot of each limit of its tags, or waits. Those of the engine take theirs in the engine's `limits/tag-slots.ts`. */
import { decideSlots } from '../../limits/slots.ts';
import { StateType } from '../../states/state.ts';
import { abort, need, type Rule, wait } from '../rule.ts';
import { anyOrigin } from '../state-sets.ts';

export const takeClientTagSlots: Rule = {
  name: 'take-client-tag-slots',
  summary:
    "A client's task run starts with a slot of each of its tags' limits; it waits while one is full, and stops at a limit of 0.",
  prefect: 'SecureTaskConcurrencySlots',
  of: 'task',
  driver: 'client',
  from: anyOrigin,
  to: [StateType.Running],
  decide({ run: { needs }, now, random }) {
    if (needs === null || needs.tagLimits.length === 0) return undefined;
    const closed = needs.tagLimits.find(({ active, limit }) => active && limit === 0);
    if (closed !== undefined) return abort(`The concurrency limit '${closed.name}' is 0, and stops the run.`);
    const decision = decideSlots(needs.tagLimits, { occupy: 1, mode: 'concurrency' }, { now, random });
    if (decision.kind === 'full') return wait(decision.retryAfterMs, `Concurrency limit '${decision.name}' is full.`);
    const { names } = decision.kind === 'free' ? decision : { names: [] };
    return names.length === 0 ? undefined : need({ kind: 'take-tag-slots', names });
  },
};
