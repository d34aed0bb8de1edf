/** Limits the size of the states that a run records, because all of them are in one row. */
import type { State, StateDetails } from '../states/state.ts';
import { cutText } from '../text/log-text.ts';

/** Beyond it the oldest earlier states of a run but the first are dropped, so that a row stays small whatever its retries. */
export const historyMax = 500;

/** A longer message is cut. An error is whole in the outcome, and in the log. */
const messageLengthMax = 4_096;

/** Data of more characters of JSON is left out: a client keeps what is large in its own storage, and refers to it. */
export const stateDataLengthMax = 65_536;

/** The state as it is recorded: with a message and data that are not too long. */
export function fitted(state: State): State {
  const isLong = state.message !== null && state.message.length > messageLengthMax;
  const length = state.data === undefined ? 0 : JSON.stringify(state.data).length;
  if (!isLong && length <= stateDataLengthMax) return state;
  const { data, ...rest } = state;
  const message = state.message === null ? null : cutText(state.message, messageLengthMax);
  if (data === undefined) return { ...rest, message };
  if (length <= stateDataLengthMax) return { ...rest, message, data };
  const details: StateDetails = { ...state.details, dataOmitted: length };
  return { ...rest, message, details };
}

/** Drops the oldest states that are too many, in place. The first stays: it says when and how the run was made. */
export function cutHistory(history: State[]): void {
  if (history.length > historyMax) history.splice(1, history.length - historyMax);
}
