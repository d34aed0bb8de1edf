/** A run becomes Late only while it waits for its time, and only once. */
import { StateName, StateType } from '../../states/state.ts';
import { type Rule, reject } from '../rule.ts';
import { anyOrigin } from '../state-sets.ts';

export const markLateOnce: Rule = {
  name: 'mark-late-once',
  summary: 'Only a scheduled run can be marked Late, and only once.',
  prefect: 'EnsureOnlyScheduledFlowsMarkedLate',
  of: 'flow',
  from: anyOrigin,
  to: [StateType.Scheduled],
  decide({ run, proposed }) {
    if (proposed.name !== StateName.Late) return undefined;
    if (run.state?.type !== StateType.Scheduled) return reject('Only scheduled runs can be marked late.');
    if (run.state.name === StateName.Late) return reject('This run is marked late already.');
    return undefined;
  },
};
