/** A thrown value in one sentence: an error by its name and message, any other value as a console shows it. */
import { isError } from './builtin-errors.ts';
import { describeValue } from './describe-value.ts';

/** One sentence for people: `TypeError: no rows`, or the value that was thrown. Never throws. */
export function thrownText(error: unknown): string {
  try {
    if (!isError(error)) return describeValue(error);
    return error.message === '' ? String(error.name) : `${error.name}: ${error.message}`;
  } catch {
    return 'What was thrown can’t be read.';
  }
}
