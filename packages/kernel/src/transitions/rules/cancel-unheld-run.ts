/** A run that no process holds has nobody who could stop it: asked to cancel, it is cancelled at once. */
import { cancelled } from '../../states/constructors.ts';
import { StateType } from '../../states/state.ts';
import { type Rule, reject } from '../rule.ts';

export const cancelUnheldRun: Rule = {
  name: 'cancel-unheld-run',
  summary:
    'Asked to cancel a run that no process holds (scheduled, suspended, asleep, orphaned), it is CANCELLED at once.',
  prefect: 'BypassCancellingFlowRunsWithNoInfra',
  of: 'both',
  from: [StateType.Scheduled, StateType.Pending, StateType.Running, StateType.Paused],
  to: [StateType.Cancelling],
  decide({ run, proposed }) {
    if (run.held) return undefined;
    return reject('No process holds this run: it is cancelled at once.', cancelled(proposed.at, proposed.message));
  },
};
