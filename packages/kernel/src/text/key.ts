/** Checks the form of users' keys, because every store must find a key exactly as it was given. */

/** The length of text that PostgreSQL can index beside a name. */
export const KEY_LENGTH_MAX = 512;

/**
 * Whether a value can be a key: a text of 1 to 512 characters with no half of a surrogate pair, which the stores would take
 * for another one's.
 *
 * @example
 * isKey('nightly-2026-11-23'); // true
 */
export function isKey(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= KEY_LENGTH_MAX && value.isWellFormed();
}
