/** The parts of `inspect` shared by flow runs and task runs: the outcome and the history of states. */
import { clockTime, durationText } from '@millrace/views';
import { decodeValue, isMillraceError, type State } from '@millrace/kernel';
import { shownError, errorLines } from './run-error.ts';
import { describeFrame, framesOf, isInside } from './source-frame.ts';
import { statePaint, stateText } from './state-look.ts';
import { writeFields } from './table.ts';
import type { Terminal } from './terminal.ts';
import { oneLine, padTo } from './text-width.ts';
import { storedValue, valueBlock } from './value-text.ts';

const historyShownMax = 20;

/** Writes the result, or the error with its causes and its stack. */
export function writeOutcome(terminal: Terminal, state: State, outcome: string | null): void {
  if (outcome === null) return;
  if (state.type === 'COMPLETED' || outcome.startsWith('storage:')) {
    const text = outcome.startsWith('storage:')
      ? `in its own storage, as ${oneLine(outcome.slice('storage:'.length))}`
      : storedValue(outcome, valueBlock);
    writeFields(terminal.out, [['Result', text]]);
    return;
  }
  const { out } = terminal;
  const error = readError(outcome);
  if (error === undefined) return;
  out.write(`\n${out.paint.dim('Error')}\n`);
  for (const line of errorLines(error))
    out.write(`  ${line.startsWith('  at ') ? out.paint.dim(line) : out.paint.red(line)}\n`);
  const stack = framesOf(error.stack).filter((frame) => !isInside(frame));
  if (stack.length > 1)
    out.write(
      `\n${out.paint.dim(['Stack', ...stack.map((frame) => `  at ${describeFrame(frame).text}`)].join('\n'))}\n`,
    );
}

function readError(outcome: string): ReturnType<typeof shownError> {
  try {
    return shownError(decodeValue(outcome));
  } catch (error) {
    if (isMillraceError(error)) return error;
    throw error;
  }
}

/** Writes the states, one a line, each with its duration. */
export function writeHistory(terminal: Terminal, states: readonly State[]): void {
  const { out } = terminal;
  const shown = states.slice(-historyShownMax);
  const width = Math.max(...shown.map((state) => stateText(state, terminal).length));
  out.write(`\n${out.paint.dim('States')}\n`);
  if (shown.length < states.length) out.write(`  … ${states.length - shown.length} earlier\n`);
  for (const [index, state] of shown.entries()) {
    const next = shown[index + 1];
    const text = statePaint(state.type, out)(padTo(stateText(state, terminal), width));
    const lasted = next === undefined ? '' : durationText(next.at - state.at);
    const message = state.message === null ? '' : oneLine(state.message);
    out.write(`  ${[clockTime(state.at), text, padTo(lasted, 7), message].join('  ').trimEnd()}\n`);
  }
}
