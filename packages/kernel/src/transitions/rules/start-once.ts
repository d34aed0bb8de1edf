/** Of two who start a run, one is told that it runs; only a recovery enters RUNNING from RUNNING. */
import { StateType } from '../../states/state.ts';
import { type Rule, reject } from '../rule.ts';

export const startOnce: Rule = {
  name: 'start-once',
  summary: 'A running run is started again only to recover it from the death of its process.',
  prefect: null,
  of: 'both',
  from: [StateType.Running],
  to: [StateType.Running],
  decide({ proposal }) {
    return proposal.move === 'recover' ? undefined : reject('This run is already RUNNING.');
  },
};
