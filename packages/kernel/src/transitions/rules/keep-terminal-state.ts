/**
 * A run that has ended keeps its state, unless the proposal is forced or names a move that may leave the state. So of two proposed ends the
 * second is refused.
 */
import { terminalTypes } from '../../states/predicates.ts';
import { StateName, StateType } from '../../states/state.ts';
import { moves } from '../moves.ts';
import { abort, type Rule, type RuleInput, reject } from '../rule.ts';
import { anyType } from '../state-sets.ts';

export const keepTerminalState: Rule = {
  name: 'keep-terminal-state',
  summary:
    'A terminal state is left only by a move that names it, or by force; a completed run keeps a result that can be read.',
  prefect: 'HandleFlowTerminalStateTransitions, HandleTaskTerminalStateTransitions, PreventResultDataLoss',
  of: 'both',
  from: terminalTypes,
  to: anyType,
  holdsUnderForce: true,
  decide(input) {
    const type = input.run.state?.type;
    if (type === undefined) return undefined;
    if (input.proposal.force === true)
      return dropsResult(input, type) ? reject('This run is already COMPLETED.') : undefined;
    if (!isMoveAllowed(input, type)) {
      if (type === StateType.Completed && !terminalTypes.includes(input.proposed.type)) {
        return reject('This run is already COMPLETED.');
      }
      return abort(`Run is already in terminal state ${type}.`);
    }
    if (type === StateType.Completed && input.run.hasResult && input.proposal.move !== 'rollback') {
      return reject('This run is already COMPLETED.');
    }
    return undefined;
  },
};

/** Force does not complete a run a second time without the result that it has. */
function dropsResult({ run, proposed }: RuleInput, from: StateType): boolean {
  return (
    from === StateType.Completed &&
    run.hasResult &&
    proposed.type === StateType.Completed &&
    proposed.data === undefined
  );
}

function isMoveAllowed({ proposal, proposed }: RuleInput, from: StateType): boolean {
  if (proposal.move === undefined) return false;
  if (proposal.move === 'rollback' && proposed.name !== StateName.RolledBack) return false;
  const move = moves[proposal.move];
  return move.from.includes(from) && move.to.includes(proposed.type) && move.by.includes(proposal.by);
}
