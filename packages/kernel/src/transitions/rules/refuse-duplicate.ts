/** A proposal that was accepted and is repeated, because its answer was lost, changes nothing. */
import { reject, type Rule } from '../rule.ts';
import { anyType } from '../state-sets.ts';

export const refuseDuplicate: Rule = {
  name: 'refuse-duplicate',
  summary: 'A proposal with the transition id of the present state has been applied already.',
  prefect: 'PreventDuplicateTransitions',
  of: 'both',
  from: anyType,
  to: anyType,
  holdsUnderForce: true,
  decide({ run, proposed }) {
    if (proposed.details === null) return undefined;
    const { transitionId } = proposed.details;
    if (transitionId === undefined || run.state?.details?.transitionId !== transitionId) return undefined;
    return reject('This run has already made this state transition.');
  },
};
