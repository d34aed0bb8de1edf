/** A run that becomes PENDING before its scheduled time keeps this time, also when its pending state gets another name. */
import { StateName, StateType } from '../../states/state.ts';
import { amend, type Rule } from '../rule.ts';

export const carryScheduledTime: Rule = {
  name: 'carry-scheduled-time',
  summary: 'A run made ready before its time keeps its time, and whether it goes on with an attempt.',
  prefect: 'CopyScheduledTime',
  of: 'both',
  from: [StateType.Scheduled, StateType.Pending],
  to: [StateType.Pending],
  decide({ run, proposed }) {
    const details = run.state?.details;
    const scheduledAt = proposed.details?.scheduledAt ?? details?.scheduledAt;
    const resuming = details?.resuming === true || run.state?.name === StateName.Resuming;
    if (scheduledAt === undefined && !resuming) return undefined;
    const kept = { ...(scheduledAt === undefined ? {} : { scheduledAt }), ...(resuming ? { resuming } : {}) };
    return amend({ ...proposed, details: { ...proposed.details, ...kept } });
  },
};
