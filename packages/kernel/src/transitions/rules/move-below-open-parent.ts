/** A child that has ended is moved only if a process will run it: the process of its running parent, or the parent's next execution. */
import { isTerminalType, terminalTypes } from '../../states/predicates.ts';
import { StateType } from '../../states/state.ts';
import { type Rule, reject } from '../rule.ts';

export const moveBelowOpenParent: Rule = {
  name: 'move-below-open-parent',
  summary:
    'A child that has ended is not moved on once its parent has ended; while a process runs the parent, only that process does it.',
  prefect: null,
  of: 'flow',
  from: terminalTypes,
  to: [StateType.Scheduled, StateType.Pending, StateType.Running],
  decide({ run: { parent }, proposal }) {
    if (parent === null) return undefined;
    if (isTerminalType(parent.stateType)) {
      return reject(
        `The flow run above it has ended (${parent.stateType}), and would not wait for it. Rerun that one.`,
      );
    }
    if (parent.holder !== 'session' || proposal.by === 'engine') return undefined;
    return reject(
      'The flow run above it is under way, and starts its children itself. Rerun that one when it has ended.',
    );
  },
};
