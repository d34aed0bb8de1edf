/**
 * A run's earlier states as one compact text: `[["PENDING",1763880000000],["RUNNING",1763880000004,"Retrying"]]`.
 *
 * A state is type, instant, and then name, message and details as far as they say something: most rows hold two plain
 * states, and these are a tenth of a run's bytes.
 */
import { plainNames, type State, type StateDetails, type StateType } from '@millrace/kernel';
import { integer } from '../sql/columns.ts';

type EncodedState = [StateType, number, string?, (string | null)?, StateDetails?];

export function encodeHistory(history: readonly State[]): string | null {
  if (history.length === 0) return null;
  let text = '[';
  for (const state of history) text += (text.length === 1 ? '' : ',') + encodeState(state);
  return `${text}]`;
}

function encodeState(state: State): string {
  const at = integer(state.at, 'state.at');
  if (state.details !== null) return JSON.stringify([state.type, at, state.name, state.message, state.details]);
  if (state.message !== null) return JSON.stringify([state.type, at, state.name, state.message]);
  if (state.name !== plainNames[state.type]) return JSON.stringify([state.type, at, state.name]);
  return `["${state.type}",${at}]`;
}

export function decodeHistory(text: string | null): State[] {
  if (text === null) return [];
  return (JSON.parse(text) as EncodedState[]).map(([type, at, name, message, details]) => ({
    type,
    name: name ?? plainNames[type],
    at,
    message: message ?? null,
    details: details ?? null,
  }));
}
