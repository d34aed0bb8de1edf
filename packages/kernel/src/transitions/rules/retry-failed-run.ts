/**
 * A failed attempt becomes a scheduled retry while attempts remain. This includes an attempt whose worker died, if the engine that still
 * holds the run proposes it. Time and randomness are arguments.
 */
import { nextAttempt } from '../../retry/next-attempt.ts';
import { awaitingRetry } from '../../states/constructors.ts';
import { StateType } from '../../states/state.ts';
import { type Rule, reject } from '../rule.ts';

export const retryFailedRun: Rule = {
  name: 'retry-failed-run',
  summary:
    'A failed run, or a task whose worker died, becomes AwaitingRetry while retries are left, unless trying again can not help.',
  prefect: 'RetryFailedFlows, RetryFailedTasks',
  of: 'both',
  from: [StateType.Running],
  to: [StateType.Failed, StateType.Crashed],
  decide({ run, proposal, proposed, now, random }) {
    if (proposed.details?.retriable === false) return undefined;
    if (run.kind === 'flow' && proposed.type === StateType.Crashed) return undefined;
    const policy = run.kind === 'task' ? proposal.policy : run.policy;
    if (policy === undefined || policy.retries === 0) return undefined;
    const next = nextAttempt(policy, { attempt: run.attempt, now, random });
    if (next === undefined) return undefined;
    return reject('Retrying', awaitingRetry(proposed.at, next.at, proposed.message));
  },
};
