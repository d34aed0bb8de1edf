/** A paused run continues as RUNNING, as SCHEDULED if its process is gone, or ends. After its timeout it fails. */
import { failed } from '../../states/constructors.ts';
import { StateType } from '../../states/state.ts';
import { amend, type Rule, reject } from '../rule.ts';

export const resumePausedRun: Rule = {
  name: 'resume-paused-run',
  summary:
    'A paused run goes on to RUNNING or SCHEDULED, in the attempt that was paused, never to PENDING; after its timeout it is FAILED unless its own process goes on.',
  prefect: 'HandleResumingPausedFlows',
  of: 'both',
  from: [StateType.Paused],
  to: [StateType.Pending, StateType.Scheduled, StateType.Running, StateType.Completed],
  decide({ run, proposal, proposed, now }) {
    const paused = run.state;
    if (paused === null) return undefined;
    if (proposed.type === StateType.Pending) {
      return reject('This run cannot transition to the PENDING state from the PAUSED state.');
    }
    const timeoutAt = paused.details?.pauseTimeoutAt;
    // The process that holds the run ends the wait of its body by itself when the time is up.
    if (timeoutAt === undefined || timeoutAt > now || (proposal.by === 'engine' && run.holder === 'session')) {
      if (proposed.type !== StateType.Scheduled) return undefined;
      return amend({ ...proposed, details: { ...proposed.details, resuming: true } });
    }
    const message = `The run was ${paused.name.toLowerCase()} and never resumed.`;
    return reject('The run pause has timed out and can no longer resume.', failed(now, { message, retriable: false }));
  },
};
