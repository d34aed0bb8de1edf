/** A run does not start before its scheduled time. */
import { StateType } from '../../states/state.ts';
import { type Rule, wait } from '../rule.ts';

export const waitForScheduledTime: Rule = {
  name: 'wait-for-scheduled-time',
  summary: 'A run whose time has not come waits for it.',
  prefect: 'WaitForScheduledTime',
  of: 'both',
  from: [StateType.Scheduled, StateType.Pending],
  to: [StateType.Running],
  decide({ run, now }) {
    const scheduledAt = run.state?.details?.scheduledAt;
    if (scheduledAt === undefined || scheduledAt <= now) return undefined;
    return wait(scheduledAt - now, 'Scheduled time is in the future.');
  },
};
