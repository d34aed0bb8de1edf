/** A pause key pauses once an attempt; a body that is called again skips it, unless it is still unanswered. */
import { StateType } from '../../states/state.ts';
import { type Rule, reject } from '../rule.ts';

export const pauseOnce: Rule = {
  name: 'pause-once',
  summary:
    'A pause whose key has fired in this attempt does not fire again, unless the body recovers one that is not over.',
  prefect: 'HandlePausingFlows',
  of: 'both',
  from: [StateType.Running],
  to: [StateType.Paused],
  decide({ run, proposal, proposed }) {
    if (proposal.by === 'engine' && proposal.move === 'recover') return undefined;
    const key = proposed.details?.pauseKey;
    if (key === undefined || !run.pauseKeys.includes(key)) return undefined;
    return reject('This pause has already fired.');
  },
};
