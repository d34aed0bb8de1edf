/**
 * Copies of what an error carries, as plain JSON data and within one bound for all of it.
 *
 * What doesn't fit is cut, and says so, or is left out; what is no data is shown as text. Only getters, proxies and `toJSON` of
 * the thrown value can throw here; `value` takes care of them itself.
 */
import { isPlainJson } from '../codec/plain.ts';

/** Ends a text that was cut. */
export const CUT_MARK = '... [truncated]';

const VALUE_LENGTH_MAX = 65_536;

/** Characters that one error and all that hangs on it may take. */
export class CopyBudget {
  #charactersLeft: number;

  constructor(charactersMax: number) {
    this.#charactersLeft = charactersMax;
  }

  /** The text, cut to that many characters and to what is left. */
  text(text: string, lengthMax: number): string {
    const max = Math.min(lengthMax, this.#charactersLeft);
    const cut = text.length <= max ? text : text.slice(0, Math.max(0, max - CUT_MARK.length)) + CUT_MARK;
    this.#charactersLeft = Math.max(0, this.#charactersLeft - cut.length);
    return cut.toWellFormed();
  }

  /** A copy of plain data of at most that many characters of JSON; undefined for anything else. */
  plain(value: unknown, lengthMax: number): unknown {
    return isPlain(value) ? this.#parsed(JSON.stringify(value), lengthMax) : undefined;
  }

  /** Whatever the value is: as JSON has it, or as text. */
  value(value: unknown): unknown {
    if (value === undefined) return undefined;
    try {
      const copy = this.#parsed(JSON.stringify(value), VALUE_LENGTH_MAX);
      if (copy !== undefined) return copy;
    } catch {
      // A cycle, a BigInt, or a toJSON of the user's.
    }
    return this.text(describeValue(value), VALUE_LENGTH_MAX);
  }

  #parsed(text: string | undefined, lengthMax: number): unknown {
    if (text === undefined || text.length > Math.min(lengthMax, this.#charactersLeft)) return undefined;
    this.#charactersLeft -= text.length;
    return JSON.parse(text) as unknown;
  }
}

/** One line for a value that is no error: a text itself, `[object Map]`. */
export function describeValue(value: unknown): string {
  return typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : String(value);
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'object') return value === null || isPlainJson(value);
  return (
    typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
  );
}
