/**
 * Copies the data of an error within one bound for all of it. A part over the bound is cut with a mark, or left out; a value that is no
 * data becomes text.
 */
import { dataCopy } from './data-copy.ts';
import { describeValue } from '../errors/describe-value.ts';

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

  /** A copy of the data in a value, of at most that many characters; undefined when it is none, or larger. */
  data(
    value: unknown,
    { lengthMax, errorData }: { readonly lengthMax: number; readonly errorData: (error: Error) => unknown },
  ): { readonly value: unknown } | undefined {
    const copy = dataCopy(value, { lengthMax: Math.min(lengthMax, this.#charactersLeft), errorData });
    if (copy !== undefined) this.#charactersLeft = Math.max(0, this.#charactersLeft - copy.length);
    return copy;
  }

  /** The data in any value, or its text. */
  value(value: unknown, errorData: (error: Error) => unknown): unknown {
    const copy = this.data(value, { lengthMax: VALUE_LENGTH_MAX, errorData });
    return copy === undefined ? this.text(describeValue(value), VALUE_LENGTH_MAX) : copy.value;
  }
}
