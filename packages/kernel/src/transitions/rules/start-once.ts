/**
 * Of two processes that start a flow run, the second stops: a client takes the state that a rejection shows and runs on. Only a
 * recovery enters RUNNING from RUNNING.
 */
import { StateType } from '../../states/state.ts';
import { isDeferred } from '../deferred.ts';
import { abort, type Rule } from '../rule.ts';

export const startOnce: Rule = {
  name: 'start-once',
  summary:
    'A running flow run, or deferred task run, is started again only to recover it from the death of its process.',
  prefect: null,
  of: 'both',
  from: [StateType.Running],
  to: [StateType.Running],
  decide({ run, proposal, proposed }) {
    if (proposal.move === 'recover' || (run.kind === 'task' && !isDeferred(run, proposed))) return undefined;
    return abort('This run is already RUNNING.');
  },
};
