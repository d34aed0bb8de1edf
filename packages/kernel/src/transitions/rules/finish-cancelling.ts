/** A run that is being cancelled can only become Cancelled, because the request to cancel it came before its end. */
import { StateType } from '../../states/state.ts';
import { type Rule, reject } from '../rule.ts';
import { anyType } from '../state-sets.ts';

export const finishCancelling: Rule = {
  name: 'finish-cancelling',
  summary: 'A run that is being cancelled goes nowhere but to CANCELLED.',
  prefect: 'EnforceCancellingToCancelledTransition',
  of: 'both',
  from: [StateType.Cancelling],
  to: anyType.filter((type) => type !== StateType.Cancelled),
  decide() {
    return reject('This run is being cancelled; it can only become CANCELLED.');
  },
};
