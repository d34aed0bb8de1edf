/**
 * A run's earlier states as one compact text: `[["PENDING",0],["RUNNING",4000,"Retrying"]]`.
 *
 * A state is type, microseconds since the run was created, and then name, message and details as far as they say something:
 * most rows hold two plain states, and these are a twentieth of a run's bytes. Ordinals follow from the order, but where
 * history was cut; those, and what a client gave, stand in an object at the end.
 */
import { type Json, plainNames, type State, type StateDetails, type StateType } from '@millrace/kernel';
import { toMicros, toMs } from '../sql/instants.ts';

interface Given {
  readonly ordinal?: number;
  readonly id?: string;
  readonly data?: Json;
}

type EncodedState = [StateType, number, string?, (string | null)?, (StateDetails | null)?, Given?];

/** The ordinal of the state that follows this history. */
export function nextOrdinal(history: readonly State[]): number {
  const last = history.at(-1);
  return last === undefined ? 0 : (last.ordinal ?? history.length - 1) + 1;
}

/** null = there are none. `createdAt` is the run's, in epoch ms. */
export function encodeHistory(history: readonly State[], createdAt: number): string | null {
  if (history.length === 0) return null;
  const start = toMicros(createdAt, 'createdAt');
  let text = '[';
  let expected = 0;
  for (const state of history) {
    const ordinal = state.ordinal ?? expected;
    text +=
      (text.length === 1 ? '' : ',') + encodeState(state, toMicros(state.at, 'state.at') - start, ordinal !== expected);
    expected = ordinal + 1;
  }
  return `${text}]`;
}

function encodeState(state: State, at: number, isApart: boolean): string {
  const { type, name, message, details, ordinal, id, data } = state;
  if (isApart || id !== undefined || data !== undefined)
    return JSON.stringify([type, at, name, message, details, { ...(isApart ? { ordinal } : {}), id, data }]);
  if (details !== null) return JSON.stringify([type, at, name, message, details]);
  if (message !== null) return JSON.stringify([type, at, name, message]);
  if (name !== plainNames[type]) return JSON.stringify([type, at, name]);
  return `["${type}",${at}]`;
}

export function decodeHistory(text: string | null, createdAt: number): State[] {
  if (text === null) return [];
  const start = toMicros(createdAt, 'createdAt');
  let next = 0;
  return parsed(text).map(([type, at, name, message, details, given]) => {
    const ordinal = given?.ordinal ?? next;
    next = ordinal + 1;
    const state = {
      type,
      name: name ?? plainNames[type],
      at: toMs(start + at),
      message: message ?? null,
      details: details ?? null,
    };
    return ordinal === 0 && given === undefined ? state : { ...state, ...given, ...(ordinal === 0 ? {} : { ordinal }) };
  });
}

function parsed(text: string): EncodedState[] {
  return JSON.parse(text);
}
