/** The columns of a run's present state. */
import type { State } from '@millrace/kernel';
import { type Column, encodeJson, integer } from '../sql/columns.ts';
import type { Row } from '../sql/dialect.ts';
import { toMicros } from '../sql/instants.ts';
import { json, ms, number, stateType, text, textOrNull } from '../sql/read.ts';
import { nextOrdinal } from './history.ts';

interface Stated {
  readonly state: State;
  readonly history: readonly State[];
}

export const stateColumns: readonly Column<Stated>[] = [
  { name: 'state_type', kind: 'text', changes: true, value: ({ state }) => state.type },
  { name: 'state_name', kind: 'text', changes: true, value: ({ state }) => state.name },
  { name: 'state_at', kind: 'integer', changes: true, value: ({ state }) => toMicros(state.at, 'state.at') },
  {
    name: 'state_ordinal',
    kind: 'integer',
    changes: true,
    value: ({ state, history }) => integer(state.ordinal ?? nextOrdinal(history), 'state.ordinal'),
  },
  { name: 'state_id', kind: 'text', changes: true, value: ({ state }) => state.id ?? null },
  { name: 'state_message', kind: 'text', changes: true, value: ({ state }) => state.message },
  { name: 'state_details', kind: 'text', changes: true, value: ({ state }) => encodeJson(state.details) },
  { name: 'state_data', kind: 'text', changes: true, value: ({ state }) => encodeData(state) },
];

/** A list that is empty is something that a client attached, and null is too. */
function encodeData({ data }: State): string | null {
  return data === undefined ? null : JSON.stringify(data);
}

export function toState(row: Row): State {
  const id = textOrNull(row, 'state_id');
  const data = json(row, 'state_data', undefined);
  const ordinal = number(row, 'state_ordinal');
  return {
    type: stateType(row, 'state_type'),
    name: text(row, 'state_name'),
    at: ms(row, 'state_at'),
    message: textOrNull(row, 'state_message'),
    details: json(row, 'state_details', null),
    ...(ordinal === 0 ? {} : { ordinal }),
    ...(id === null ? {} : { id }),
    ...(data === undefined ? {} : { data }),
  };
}
