import { describe, expect, it } from 'vitest';
import { running } from '../states/constructors.ts';
import { isTerminalType } from '../states/predicates.ts';
import { StateType } from '../states/state.ts';
import { decide } from './decide.ts';
import { exampleRun, exampleState } from './example-run.ts';
import { keepsAttempt, moveFor, type RestartCause } from './move-for.ts';

const causes: readonly RestartCause[] = ['called-again', 'taken-up', 'resumed'];
const none = undefined;

describe('the move by which a run starts again', () => {
  it.each([
    // state, called-again, taken-up, resumed
    [StateType.Scheduled, none, 'recover', 'recover'],
    [StateType.Pending, none, 'recover', 'recover'],
    [StateType.Running, 'recover', 'recover', 'recover'],
    [StateType.Paused, 'recover', 'recover', 'recover'],
    [StateType.Cancelling, none, 'recover', 'recover'],
    [StateType.Completed, 'recompute', none, none],
    [StateType.Failed, 'retry', none, 'retry'],
    [StateType.Cancelled, 'retry', none, 'retry'],
    [StateType.Crashed, 'retry', 'recover', 'resume'],
  ] as const)('%s: %s when called again, %s when taken up, %s when resumed', (type, ...moves) => {
    expect(causes.map((cause) => moveFor({ state: { type } }, cause))).toEqual(moves);
  });

  it.each(causes)('is one that the rules accept from every state that has one: %s', (cause) => {
    for (const type of Object.values(StateType)) {
      const move = moveFor({ state: { type } }, cause);
      // A run that is being cancelled only becomes cancelled, whichever process takes it up.
      if (move === undefined || type === StateType.Cancelling) continue;
      const run = exampleRun('flow', exampleState(type));
      const verdict = decide(run, { state: running(9), by: 'engine', move }, { now: 9, random: () => 0.5 });
      expect([type, verdict.status]).toEqual([type, 'ACCEPT']);
      if (type === StateType.Crashed && verdict.status === 'ACCEPT')
        expect(verdict.changes.runCount).toBe(keepsAttempt(move) ? 1 : 2);
    }
  });

  it('leaves no terminal state unless it is one of the moves for that', () => {
    for (const type of Object.values(StateType).filter(isTerminalType))
      for (const cause of causes)
        expect(['retry', 'recompute', 'resume', 'recover', none]).toContain(moveFor({ state: { type } }, cause));
  });
});
