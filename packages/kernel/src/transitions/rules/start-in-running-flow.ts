/** A task starts only while its flow runs, because a flow that was stopped starts no further tasks. */
import { StateType } from '../../states/state.ts';
import { abort, type Rule, wait } from '../rule.ts';
import { anyOrigin } from '../state-sets.ts';

/** How long a task of a paused flow waits before it asks again. */
const pausedDelayMs = 1_000;

export const startInRunningFlow: Rule = {
  name: 'start-in-running-flow',
  summary: 'A task starts only while its flow is RUNNING; it waits while the flow is PAUSED.',
  prefect: 'PreventRunningTasksFromStoppedFlows',
  of: 'task',
  from: anyOrigin,
  to: [StateType.Running],
  decide({ run }) {
    const { flowStateType } = run;
    if (flowStateType === null || flowStateType === StateType.Running) return undefined;
    if (flowStateType === StateType.Paused) return wait(pausedDelayMs, 'The flow is paused.');
    return abort('The enclosing flow must be running to begin task execution.');
  },
};
