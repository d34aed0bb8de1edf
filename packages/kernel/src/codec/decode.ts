/** Decodes text to the value that was encoded. Stored text may be damaged or forged, so it is checked and never evaluated. */
import { CorruptValue } from '../errors/value-errors.ts';
import { RICH_MARK } from './encode.ts';
import { parseRich } from './rich.ts';

/**
 * The value that `encodeValue` made the text of; a new one at each call.
 *
 * @param text as stored
 * @throws CorruptValue when the text is none that `encodeValue` writes; its cause is the parser's error
 *
 * @example
 * decodeValue(encodeValue(new Map([['a', 1n]]), 'result')); // Map { 'a' => 1n }
 */
export function decodeValue(text: string): unknown {
  try {
    return text.startsWith(RICH_MARK) ? parseRich(text.slice(RICH_MARK.length)) : (JSON.parse(text) as unknown);
  } catch (error) {
    // The text itself may hold secrets: its length must do.
    throw new CorruptValue({
      problem: `its text (${text.length} characters) is damaged or of another format`,
      cause: error,
    });
  }
}
