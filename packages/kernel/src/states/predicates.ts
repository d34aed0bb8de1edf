/** Predicates of states that more than one folder uses. */
import { type State, StateName, StateType } from './state.ts';

const endTypes: Readonly<Record<StateType, boolean>> = {
  SCHEDULED: false,
  PENDING: false,
  RUNNING: false,
  PAUSED: false,
  CANCELLING: false,
  COMPLETED: true,
  FAILED: true,
  CANCELLED: true,
  CRASHED: true,
};

/** The four types that end a run. */
export const terminalTypes: readonly StateType[] = [
  StateType.Completed,
  StateType.Failed,
  StateType.Cancelled,
  StateType.Crashed,
];

/**
 * Whether a run in this state has ended.
 *
 * @example
 * isTerminal(completed(now)) // true
 */
export function isTerminal(state: Pick<State, 'type'>): boolean {
  return endTypes[state.type];
}

/**
 * Whether this type ends a run.
 *
 * @example
 * isTerminalType('PAUSED') // false
 */
export function isTerminalType(type: StateType): boolean {
  return endTypes[type];
}

/**
 * Whether a run in this state has given its process back and waits to be taken up: suspended, sleeping, or waiting for a signal
 * or an input.
 *
 * @example
 * isEvicted(suspended(now)) // true
 */
export function isEvicted(state: State): boolean {
  if (state.type === StateType.Paused) return state.details?.reschedule === true;
  if (state.type !== StateType.Scheduled) return false;
  const kind = state.details?.reason?.kind;
  return kind === 'sleep' || kind === 'signal' || kind === 'input';
}

/**
 * Whether a run in this state continues only when it is resumed: suspended from outside, and not by a wait or a pause of its
 * body, which says in the state what it waits for.
 *
 * @example
 * awaitsResume(suspended(now)) // true
 */
export function awaitsResume({ type, details }: State): boolean {
  return (
    type === StateType.Paused &&
    details?.reschedule === true &&
    details.reason === undefined &&
    details.pauseKey === undefined
  );
}

/**
 * Whether a run in this state was left because what it needs failed: PENDING for good, without a holder, never run.
 *
 * @example
 * isNotReady(notReady(now, { id: upstream.id, name: upstream.name, state: 'Failed' })) // true
 */
export function isNotReady(state: Pick<State, 'name'>): boolean {
  return state.name === StateName.NotReady;
}

/**
 * Whether entering RUNNING from this state goes on with an attempt that has begun, and so counts no new one.
 *
 * @param state the state that is left.
 * @param runCount how often the body was started so far.
 */
export function continuesAttempt(state: State, runCount: number): boolean {
  if (runCount === 0) return false;
  if (state.type === StateType.Running || state.type === StateType.Paused) return true;
  if (state.details === null) return state.name === StateName.Resuming;
  return state.details.resuming === true || state.name === StateName.Resuming || isEvicted(state);
}
