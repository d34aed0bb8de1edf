/** A client's run without a deployment has no worker that would take it up again, so it is neither rescheduled nor suspended. */
import { terminalTypes } from '../../states/predicates.ts';
import { StateType } from '../../states/state.ts';
import { abort, type Rule } from '../rule.ts';

export const rescheduleOnlyDeployed: Rule = {
  name: 'reschedule-only-deployed',
  summary: "A client's run is rescheduled after its end, or suspended, only if a deployment can start it again.",
  prefect: 'HandleFlowTerminalStateTransitions, HandlePausingFlows',
  of: 'flow',
  driver: 'client',
  from: [StateType.Running, ...terminalTypes],
  to: [StateType.Scheduled, StateType.Paused],
  decide({ run, proposed }) {
    const isDeployed = (run.needs?.deployment ?? null) !== null;
    if (proposed.type === StateType.Scheduled) {
      if (isDeployed || run.state?.type === StateType.Running) return undefined;
      return abort('Cannot reschedule a run without an associated deployment.');
    }
    if (proposed.details?.reschedule !== true) return undefined;
    if (run.parent !== null) return abort('Cannot suspend subflows.');
    return isDeployed ? undefined : abort('Cannot suspend flows without a deployment.');
  },
};
