/** The report of an error of the command itself: once, and without a stack if it is a Millrace error. */
import { plainJson } from '@millrace/views';
import { describeValue, isMillraceError } from '@millrace/kernel';
import { ExitCode } from '../environment/exit-codes.ts';
import { errorLines } from './run-error.ts';
import type { Terminal } from './terminal.ts';
import { manyLines } from './text-width.ts';

/** Codes of errors in the input: nothing was started. */
const usageCodes = new Set(['UsageError', 'ParameterError', 'DurationError', 'InvalidNameError']);

/** Writes the error to standard error and returns the exit code. */
export function reportError({ err }: Terminal, error: unknown, options: { readonly isJson: boolean }): number {
  const isUsage = isMillraceError(error) && (usageCodes.has(error.code) || error.details['problem'] === 'address');
  const exitCode = isUsage ? ExitCode.Usage : ExitCode.Failed;
  if (options.isJson) {
    err.write(`${JSON.stringify({ error: errorDocument(error) })}\n`);
    return exitCode;
  }
  if (isMillraceError(error)) err.write(`${err.paint.red('error')}: ${manyLines(error.message)}\n`);
  else if (error instanceof Error) {
    err.write(`${err.paint.red('error')}: ${errorLines(error).join('\n')}\n`);
    err.write(`${err.paint.dim(manyLines(error.stack ?? ''))}\n`);
  } else err.write(`${err.paint.red('error')}: ${manyLines(describeValue(error))}\n`);
  return exitCode;
}

/** An error as data, as every command writes it to standard error with `--json`. */
export function errorDocument(error: unknown): Readonly<Record<string, unknown>> {
  if (isMillraceError(error)) return { code: error.code, message: error.message, details: plainJson(error.details) };
  return error instanceof Error
    ? { code: error.name, message: error.message }
    : { code: 'Error', message: describeValue(error) };
}
