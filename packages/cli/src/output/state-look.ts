/** What states look like: each type has its own symbol and colour, so that colour is never the only thing that tells. */
import type { Orphan, State, StateType } from '@millrace/kernel';
import type { Channel, Terminal } from './terminal.ts';

type PaintText = (text: string) => string;

const symbols: Readonly<Record<StateType, readonly [unicode: string, ascii: string]>> = {
  COMPLETED: ['✓', '+'],
  FAILED: ['✗', 'x'],
  CRASHED: ['‼', '!'],
  CANCELLED: ['⊘', '/'],
  CANCELLING: ['◐', '~'],
  RUNNING: ['●', '*'],
  PENDING: ['○', '.'],
  SCHEDULED: ['◌', ':'],
  PAUSED: ['‖', '='],
};

/** In the order in which counts are shown. */
export const countedTypes: readonly StateType[] = [
  'COMPLETED',
  'FAILED',
  'CRASHED',
  'CANCELLED',
  'CANCELLING',
  'RUNNING',
  'PENDING',
  'SCHEDULED',
  'PAUSED',
];

/** The symbol of a type of states. */
export function stateSymbol(type: StateType, terminal: Pick<Terminal, 'isUnicode'>): string {
  return symbols[type][terminal.isUnicode ? 0 : 1];
}

/** The colour of a type of states on this channel. */
export function statePaint(type: StateType, { paint }: Pick<Channel, 'paint'>): PaintText {
  switch (type) {
    case 'COMPLETED':
      return paint.green;
    case 'FAILED':
    case 'CRASHED':
      return paint.red;
    case 'CANCELLED':
    case 'CANCELLING':
      return paint.magenta;
    case 'RUNNING':
      return paint.cyan;
    case 'PAUSED':
    case 'SCHEDULED':
      return paint.yellow;
    case 'PENDING':
      return paint.gray;
  }
}

/** Symbol and name: `✓ Completed`; of a run without a process `● Running (orphaned)`. */
export function stateText(
  state: Pick<State, 'type' | 'name'>,
  terminal: Pick<Terminal, 'isUnicode'>,
  orphan?: Orphan,
): string {
  return `${stateSymbol(state.type, terminal)} ${state.name}${orphan === undefined ? '' : ' (orphaned)'}`;
}
