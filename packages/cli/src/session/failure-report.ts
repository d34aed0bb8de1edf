/** The report of a failure: the error, the location where it was thrown, its causes, and the remedy. */
import { runOf } from '@millrace/engine';
import { describeValue, isMillraceError } from '@millrace/kernel';
import type { CommandContext } from '../context/command-context.ts';
import { errorDocument } from '../output/error-report.ts';
import { loadAdvice } from './load-module.ts';
import { syntaxErrorLocation } from './syntax-error-location.ts';
import type { Target } from './target.ts';
import { errorLines, shownError } from '../output/run-error.ts';
import { describeFrame, userFrame } from '../output/source-frame.ts';
import type { Channel } from '../output/terminal.ts';
import { cutTo, oneLine, manyLines } from '../output/text-width.ts';

/** Facts about an error that are not part of it. */
export interface FailureContext {
  /** The run that the error ended. */
  readonly runId?: string;
  /** The location where it was thrown, if its stack doesn't show one. */
  readonly location?: string | undefined;
}

/** Writes the error with its causes. */
export function writeFailure(channel: Channel, error: unknown, { runId, location }: FailureContext = {}): void {
  const { paint } = channel;
  const shown = shownError(error) ?? { name: 'Thrown value', message: describeValue(error) };
  const [head = '', ...rest] = errorLines(shown, { skipsFrame: true });
  channel.write(`${paint.red(head)}\n`);
  const frame = userFrame(shown.stack) ?? location;
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

/** An error that belongs to no run. */
export interface OutsideFailure {
  readonly error: unknown;
  readonly during: 'loading' | 'command' | 'rejection';
}

/** Writes an error that belongs to no run. */
export function writeOutsideFailure(
  { terminal, isJson }: Pick<CommandContext, 'terminal' | 'isJson'>,
  { error, during }: OutsideFailure,
  { file, shownFile }: Target,
): void {
  const { err } = terminal;
  const location = during === 'loading' ? syntaxErrorLocation(error, file) : undefined;
  const advice = during === 'loading' ? loadAdvice(error, file) : undefined;
  const what = {
    loading: `${shownFile} could not be loaded.`,
    command: `${shownFile} failed outside of any run.`,
    rejection: `A promise in ${shownFile} was rejected and not handled.`,
  }[during];
  if (isJson) {
    const about = { what, ...(location === undefined ? {} : { at: describeFrame(location).text }), advice };
    err.write(`${JSON.stringify({ error: { ...errorDocument(error), ...about } })}\n`);
    return;
  }
  err.write(`${err.paint.red('error')}: ${what}\n`);
  if (isMillraceError(error) && userFrame(error.stack) === undefined) err.write(`${manyLines(error.message)}\n`);
  else writeFailure(err, error, { location });
  if (advice !== undefined) err.write(`${advice}\n`);
}
