/** Makes the text of log lines and states storable in every database. */

/**
 * Characters that move a terminal's cursor, begin an escape sequence, break a line or turn the order of writing: C0, C1, line and
 * paragraph separators, bidirectional marks. Recorded text is shown without them.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
export const terminalControls = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const LOG_LENGTH_MAX = 65_536;
const CUT_MARK = '... [truncated]';

/**
 * The text with NUL and halves of surrogate pairs as U+FFFD, cut to 65,536 characters with `... [truncated]` at the end.
 *
 * @example
 * sanitizeLogText('a\u0000b'); // 'a\uFFFDb'
 */
export function sanitizeLogText(text: string): string {
  const cut = cutText(text, LOG_LENGTH_MAX);
  const whole = cut.isWellFormed() ? cut : cut.toWellFormed();
  return whole.includes('\u0000') ? whole.replaceAll('\u0000', '\uFFFD') : whole;
}

/** The text, cut to so many characters with `... [truncated]` at the end; half of a pair that is left is U+FFFD. */
export function cutText(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : text.slice(0, lengthMax - CUT_MARK.length).toWellFormed() + CUT_MARK;
}
