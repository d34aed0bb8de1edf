/** States on a terminal: symbol, colour and text. */
import type { Orphan, State, StateType } from '@millrace/kernel';
import { stateLooks } from '@millrace/views';
import type { Channel, Terminal } from './terminal.ts';

type PaintText = (text: string) => string;

/** The symbol of a state type. */
export function stateSymbol(type: StateType, { isUnicode }: Pick<Terminal, 'isUnicode'>): string {
  const { symbol, asciiSymbol } = stateLooks[type];
  return isUnicode ? symbol : asciiSymbol;
}

/** The colour of a state type on this channel. */
export function statePaint(type: StateType, { paint }: Pick<Channel, 'paint'>): PaintText {
  return paint[stateLooks[type].colour];
}

/** Symbol and name: `✓ Completed`; of a run without a process `● Running (orphaned)`. */
export function stateText(
  state: Pick<State, 'type' | 'name'>,
  terminal: Pick<Terminal, 'isUnicode'>,
  orphan?: Orphan,
): string {
  return `${stateSymbol(state.type, terminal)} ${state.name}${orphan === undefined ? '' : ' (orphaned)'}`;
}
