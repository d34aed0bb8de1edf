/** The symbol and colour of each state type, as data. Every type has its own symbol, because colour alone is not readable to everyone. */
import type { StateType } from '@millrace/kernel';

/** Names of terminal colours, which other surfaces map to their own. */
export type StateColour = 'green' | 'red' | 'magenta' | 'cyan' | 'yellow' | 'gray';

/** How one state type is drawn. */
export interface StateLook {
  readonly symbol: string;
  /** For terminals without a font for the symbol. */
  readonly asciiSymbol: string;
  readonly colour: StateColour;
}

/** The look of each state type. */
export const stateLooks: Readonly<Record<StateType, StateLook>> = {
  COMPLETED: { symbol: '✓', asciiSymbol: '+', colour: 'green' },
  FAILED: { symbol: '✗', asciiSymbol: 'x', colour: 'red' },
  CRASHED: { symbol: '‼', asciiSymbol: '!', colour: 'red' },
  CANCELLED: { symbol: '⊘', asciiSymbol: '/', colour: 'magenta' },
  CANCELLING: { symbol: '◐', asciiSymbol: '~', colour: 'magenta' },
  RUNNING: { symbol: '●', asciiSymbol: '*', colour: 'cyan' },
  PENDING: { symbol: '○', asciiSymbol: '.', colour: 'gray' },
  SCHEDULED: { symbol: '◌', asciiSymbol: ':', colour: 'yellow' },
  PAUSED: { symbol: '‖', asciiSymbol: '=', colour: 'yellow' },
};
