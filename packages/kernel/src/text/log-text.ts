/**
 * Log lines as every database can store them.
 */

const LOG_LENGTH_MAX = 65_536;
const CUT_MARK = '... [truncated]';

/**
 * The text with NUL and halves of surrogate pairs as U+FFFD, cut to 65,536 characters with `... [truncated]` at the end.
 *
 * @example
 * sanitizeLogText('a\u0000b'); // 'a\uFFFDb'
 */
export function sanitizeLogText(text: string): string {
  const cut = text.length > LOG_LENGTH_MAX ? text.slice(0, LOG_LENGTH_MAX - CUT_MARK.length) + CUT_MARK : text;
  const whole = cut.isWellFormed() ? cut : cut.toWellFormed();
  return whole.includes('\u0000') ? whole.replaceAll('\u0000', '\uFFFD') : whole;
}
