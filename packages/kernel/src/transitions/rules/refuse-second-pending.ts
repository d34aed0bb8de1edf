/** A run that several processes may take up becomes PENDING once, because the second of them must not start it again. */
import { StateName, StateType } from '../../states/state.ts';
import { isDeferred } from '../deferred.ts';
import { abort, type Rule } from '../rule.ts';

export const refuseSecondPending: Rule = {
  name: 'refuse-second-pending',
  summary:
    'A pending or running flow run, or deferred task run, can not become PENDING, except under another name (Submitting, NotReady ...).',
  prefect: 'PreventPendingTransitions',
  of: 'both',
  from: [StateType.Pending, StateType.Running],
  to: [StateType.Pending],
  decide({ run, proposed }) {
    if (run.kind === 'task' && !isDeferred(run, proposed)) return undefined;
    const current = run.state;
    if (current === null) return undefined;
    const renamed = proposed.name !== current.name && proposed.name !== StateName.Pending;
    if (current.type === StateType.Pending && renamed) return undefined;
    return abort(`This run is in a ${current.type} state and cannot transition to a PENDING state.`);
  },
};
