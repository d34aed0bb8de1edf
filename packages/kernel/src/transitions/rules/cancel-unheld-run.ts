/** A run without a holder is cancelled at once, because no process would handle the request to cancel it. */
import { cancelled } from '../../states/constructors.ts';
import { StateType } from '../../states/state.ts';
import { type Rule, reject } from '../rule.ts';

export const cancelUnheldRun: Rule = {
  name: 'cancel-unheld-run',
  summary:
    'A run that no process holds (scheduled, suspended, asleep, orphaned) is CANCELLED at once when it is to be cancelled.',
  prefect: 'BypassCancellingFlowRunsWithNoInfra',
  of: 'both',
  from: [StateType.Scheduled, StateType.Pending, StateType.Running, StateType.Paused],
  to: [StateType.Cancelling],
  holdsUnderForce: true,
  decide({ run, proposed }) {
    if (run.holder !== 'none') return undefined;
    return reject('No process holds this run: it is cancelled at once.', cancelled(proposed.at, proposed.message));
  },
};
