/** How a run that failed is told: the error once, where it was thrown, its causes, and what to do next. */
import { runOf } from '@millrace/engine';
import { isMillraceError } from '@millrace/kernel';
import { moduleTypeAdvice } from './load-module.ts';
import { asTold, errorLines } from '../output/run-error.ts';
import { describeFrame, userFrame } from '../output/source-frame.ts';
import type { Channel } from '../output/terminal.ts';
import { cutTo, oneLine } from '../output/text-width.ts';

/** Writes the error with its causes. */
export function writeFailure(channel: Channel, error: unknown, runId?: string): void {
  const { paint } = channel;
  const told = asTold(error) ?? { name: 'Thrown value', message: String(error) };
  const [head = '', ...rest] = errorLines(told, { skipsFrame: true });
  channel.write(`${paint.red(head)}\n`);
  const frame = userFrame(told.stack);
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

/** Writes an error that belongs to no run: the module's own. */
export function writeModuleFailure(channel: Channel, error: unknown, shownFile: string): void {
  channel.write(`${channel.paint.red('error')}: ${shownFile} could not be loaded.\n`);
  if (isMillraceError(error) && userFrame(error.stack) === undefined) channel.write(`${error.message}\n`);
  else writeFailure(channel, error);
  const advice = moduleTypeAdvice(error);
  if (advice !== undefined) channel.write(`${advice}\n`);
}
