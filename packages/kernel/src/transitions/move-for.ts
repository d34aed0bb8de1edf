/**
 * Chooses the move by which a recorded run starts again. The table in `moves.ts` says what a move may do; `decide` says whether it is
 * allowed.
 */
import type { State, StateType } from '../states/state.ts';
import type { Move } from './proposal.ts';

/** Why a recorded run starts again. */
export type RestartCause =
  /** A body that is called again comes to the call of this run, and what is recorded can't be used in its place. */
  | 'called-again'
  /** A process takes the run up: its own process died, gave it back, or evicted it until now. */
  | 'taken-up'
  /** A person or a program asked for it. */
  | 'resumed';

/** The moves that start a run again. */
export type StartMove = Exclude<Move, 'rollback'>;

const byCause: Readonly<Record<RestartCause, Readonly<Partial<Record<StateType, StartMove>>>>> = {
  'called-again': {
    RUNNING: 'recover',
    PAUSED: 'recover',
    // Its value was not persisted, or what it did was rolled back.
    COMPLETED: 'recompute',
    FAILED: 'retry',
    CANCELLED: 'retry',
    CRASHED: 'retry',
  },
  // A run that ended otherwise than with its process stays as it ended.
  'taken-up': {
    SCHEDULED: 'recover',
    PENDING: 'recover',
    RUNNING: 'recover',
    PAUSED: 'recover',
    CANCELLING: 'recover',
    CRASHED: 'recover',
  },
  resumed: {
    SCHEDULED: 'recover',
    PENDING: 'recover',
    RUNNING: 'recover',
    PAUSED: 'recover',
    CANCELLING: 'recover',
    FAILED: 'retry',
    CANCELLED: 'retry',
    // A crash is no failure of the attempt: that goes on.
    CRASHED: 'resume',
  },
};

/**
 * The move by which a recorded run starts again.
 *
 * @returns undefined where no move is needed (the run has never begun, or waits for a retry) or none applies.
 * @example
 * moveFor({ state: crashed(now) }, 'resumed') // 'resume'
 */
export function moveFor(record: { readonly state: Pick<State, 'type'> }, cause: RestartCause): StartMove | undefined {
  return byCause[cause][record.state.type];
}

/** Whether a run that leaves CRASHED by this move goes on with the attempt it was in; by any other move a new one begins. */
export function keepsAttempt(move: Move | undefined): boolean {
  return move === 'recover' || move === 'resume';
}
