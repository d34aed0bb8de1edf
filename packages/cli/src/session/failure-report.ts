/** How a run that failed is told: the error once, where it was thrown, its causes, and what to do next. */
import { runOf } from '@millrace/engine';
import { describeValue, isMillraceError } from '@millrace/kernel';
import type { CommandContext } from '../context/command-context.ts';
import { errorDocument } from '../output/error-report.ts';
import { loadAdvice } from './load-module.ts';
import { syntaxPlace } from './syntax-place.ts';
import type { Target } from './target.ts';
import { asTold, errorLines } from '../output/run-error.ts';
import { describeFrame, userFrame } from '../output/source-frame.ts';
import type { Channel } from '../output/terminal.ts';
import { cutTo, oneLine, manyLines } from '../output/text-width.ts';

/** What is known of an error beside itself. */
export interface FailureContext {
  /** The run that it ended. */
  readonly runId?: string;
  /** Where it was thrown, when its stack doesn't say. */
  readonly place?: string | undefined;
}

/** Writes the error with its causes. */
export function writeFailure(channel: Channel, error: unknown, { runId, place }: FailureContext = {}): void {
  const { paint } = channel;
  const told = asTold(error) ?? { name: 'Thrown value', message: describeValue(error) };
  const [head = '', ...rest] = errorLines(told, { skipsFrame: true });
  channel.write(`${paint.red(head)}\n`);
  const frame = userFrame(told.stack) ?? place;
  if (frame !== undefined) {
    const { text, code } = describeFrame(frame);
    channel.write(`  ${paint.dim('at')} ${text}\n`);
    if (code !== null) channel.write(`  ${paint.dim('>')}  ${cutTo(code, channel.columns - 5)}\n`);
  }
  for (const line of rest) channel.write(`${line.startsWith('  at ') ? paint.dim(line) : line}\n`);
  const origin = runOf(error);
  if (origin !== undefined && origin.id !== runId)
    channel.write(`${paint.dim('in')} ${oneLine(origin.name)} ${paint.dim(`(${origin.id})`)}\n`);
}

/** An error that belongs to no run, and what it is of. */
export interface Untold {
  readonly error: unknown;
  readonly of: 'loading' | 'command' | 'rejection';
}

/** Writes an error that belongs to no run. */
export function writeUntold(
  { terminal, isJson }: Pick<CommandContext, 'terminal' | 'isJson'>,
  { error, of }: Untold,
  { file, shownFile }: Target,
): void {
  const { err } = terminal;
  const place = of === 'loading' ? syntaxPlace(error, file) : undefined;
  const advice = of === 'loading' ? loadAdvice(error, file) : undefined;
  const what = {
    loading: `${shownFile} could not be loaded.`,
    command: `${shownFile} failed outside of any run.`,
    rejection: `A promise in ${shownFile} was rejected, and nobody handled it.`,
  }[of];
  if (isJson) {
    const about = { what, ...(place === undefined ? {} : { at: describeFrame(place).text }), advice };
    err.write(`${JSON.stringify({ error: { ...errorDocument(error), ...about } })}\n`);
    return;
  }
  err.write(`${err.paint.red('error')}: ${what}\n`);
  if (isMillraceError(error) && userFrame(error.stack) === undefined) err.write(`${manyLines(error.message)}\n`);
  else writeFailure(err, error, { place });
  if (advice !== undefined) err.write(`${advice}\n`);
}
