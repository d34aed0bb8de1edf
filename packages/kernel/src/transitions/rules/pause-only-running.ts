/** Only a running run can be paused. */
import { StateType } from '../../states/state.ts';
import { abort, type Rule, reject } from '../rule.ts';

export const pauseOnlyRunning: Rule = {
  name: 'pause-only-running',
  summary: 'Only a running run can be paused.',
  prefect: 'HandlePausingFlows',
  of: 'both',
  from: ['NONE', StateType.Scheduled, StateType.Pending, StateType.Paused],
  to: [StateType.Paused],
  decide({ run }) {
    if (run.state === null) return abort('Cannot pause a run that has no state.');
    return reject('Cannot pause runs that are not currently running.');
  },
};
