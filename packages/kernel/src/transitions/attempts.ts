/**
 * Reads the past of a run from its history, for the rules that need it. It is read when such a rule is applied and not for each proposal,
 * because most runs go to COMPLETED without it.
 */
import { continuesAttempt, isTerminal } from '../states/predicates.ts';
import { type State, StateName, StateType } from '../states/state.ts';

/** A run's past: its present state and those before it, oldest first. */
export interface Past {
  readonly state: State;
  readonly history: readonly State[];
  readonly runCount: number;
}

/**
 * How many starts the retries are counted against: those since the run last ended. A run that was retried by hand after its
 * retries were used up has them all again; one that was taken up after its process died has those that were left.
 *
 * @returns the number of the present attempt; `runCount` when the run never ended.
 */
export function attemptsOf(run: Past): number {
  const { history } = run;
  const endedAt = history.findLastIndex((state, index) => ends(state, history[index + 1] ?? run.state));
  if (endedAt < 0) return run.runCount;
  let count = 0;
  let previous: State | null = null;
  for (const state of [...history.slice(endedAt + 1), run.state]) {
    const goesOn = previous !== null && count > 0 && continuesAttempt(previous, count);
    if (state.type === StateType.Running && !goesOn) count += 1;
    previous = state;
  }
  return count;
}

/** Whether the run really ended with this state: not where it was rolled back, or crashed and was taken up in its attempt. */
function ends(state: State, next: State): boolean {
  if (!isTerminal(state) || state.name === StateName.RolledBack) return false;
  return state.type !== StateType.Crashed || next.details?.resuming !== true;
}

/** Keys of the pauses that have fired in the present attempt: a retry pauses again. */
export function firedPauseKeys(run: Past): readonly string[] {
  const keys: string[] = [];
  for (const state of [...run.history, run.state]) {
    if (isTerminal(state) || state.name === StateName.AwaitingRetry) keys.length = 0;
    const key = state.type === StateType.Paused ? state.details?.pauseKey : undefined;
    if (key !== undefined) keys.push(key);
  }
  return keys;
}
