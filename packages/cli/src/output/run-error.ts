/** A recorded error for people: name and message, the user's own first line, the causes. */
import { describeValue } from '@millrace/kernel';
import { describeFrame, userFrame } from './source-frame.ts';
import { manyLines } from './text-width.ts';

const causesMax = 10;
/** The parts of an error that are shown. */
export interface ShownError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The error and its chain of causes, each once.
 *
 * @param options `skipsFrame`: omits the location of the first error, which the caller shows itself
 */
export function errorLines(error: ShownError, options: { readonly skipsFrame?: boolean } = {}): readonly string[] {
  const lines: string[] = [];
  let current: unknown = error;
  for (let depth = 0; depth < causesMax && isShownError(current); depth += 1) {
    const lead = depth === 0 ? '' : 'Caused by ';
    lines.push(`${lead}${headOf(current)}`);
    const frame = depth === 0 && options.skipsFrame === true ? undefined : userFrame(current.stack);
    if (frame !== undefined) lines.push(`  at ${describeFrame(frame).text}`);
    current = causeOf(current);
  }
  return lines;
}

/** A recorded error, decoded from its data. */
export function shownError(data: unknown): ShownError | undefined {
  return isShownError(data) ? data : undefined;
}

function headOf({ name, message }: ShownError): string {
  return manyLines(message === '' ? name : `${name}: ${message}`);
}

/** A recorded cause that is not an error has the form `{ value }`. */
function causeOf(error: ShownError): unknown {
  const { cause } = error;
  if (cause === undefined || cause === null || isShownError(cause)) return cause;
  const value = typeof cause === 'object' && 'value' in cause ? cause.value : cause;
  if (value === undefined || value === null) return undefined;
  return { name: 'Value', message: describeValue(value) };
}

function isShownError(value: unknown): value is ShownError {
  return (
    typeof value === 'object' &&
    value !== null &&
    'message' in value &&
    'name' in value &&
    typeof value.message === 'string'
  );
}
