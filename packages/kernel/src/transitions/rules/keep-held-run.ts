/** A run that a process works on is not scheduled again by others, because it would run twice. */
import { StateType } from '../../states/state.ts';
import { type Rule, reject } from '../rule.ts';

export const keepHeldRun: Rule = {
  name: 'keep-held-run',
  summary: 'A run that a process of this engine holds is made SCHEDULED by that process only.',
  prefect: null,
  of: 'flow',
  from: [StateType.Pending, StateType.Running, StateType.Paused],
  to: [StateType.Scheduled],
  decide({ run, proposal }) {
    if (run.holder !== 'session' || proposal.by === 'engine') return undefined;
    return reject('A process is at work on this run. Cancel it first, then retry it.');
  },
};
