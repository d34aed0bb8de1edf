/**
 * The RUNNING state of a body that is called again is named Retrying after a failure and Rerunning otherwise. Flows keep the name Running,
 * as in Prefect.
 */
import { continuesAttempt } from '../../states/predicates.ts';
import { StateName, StateType } from '../../states/state.ts';
import { amend, type Rule } from '../rule.ts';
import { anyType } from '../state-sets.ts';

export const nameRerun: Rule = {
  name: 'name-rerun',
  summary: 'A task that starts again is named Retrying after a failure, and Rerunning otherwise.',
  prefect: 'RenameReruns',
  of: 'task',
  from: anyType,
  to: [StateType.Running],
  decide({ run, proposal, proposed }) {
    const { state, runCount } = run;
    if (runCount === 0 || state === null || proposed.name !== StateName.Running) return undefined;
    if (continuesAttempt(state, runCount)) return undefined;
    // A retry that had to wait for a slot is one all the same.
    const { AwaitingRetry, AwaitingConcurrencySlot } = StateName;
    const failedBefore =
      state.name === AwaitingRetry || state.name === AwaitingConcurrencySlot || proposal.move === 'retry';
    return amend({ ...proposed, name: failedBefore ? StateName.Retrying : StateName.Rerunning });
  },
};
