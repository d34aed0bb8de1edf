/**
 * Encodes values as text: the form in which every argument, result, signal and variable is stored.
 *
 * There are two forms, which differ in the first character: JSON, for values that JSON keeps whole (nearly all), and `~` with devalue's
 * text for the rest (rich.ts and rich-reader.ts, without recursion). JSON never begins with `~`.
 */
import { NotSerializable } from '../errors/value-errors.ts';
import { isMillraceError } from '../errors/millrace-error.ts';
import { checkStorable } from './check.ts';
import { isPlainJson, isPlainNumber } from './plain.ts';
import { stringifyRich } from './rich.ts';

/** First character of the rich form. */
export const RICH_MARK = '~';

const ENCODED_UNDEFINED = `${RICH_MARK}-1`;

/**
 * The stored form of a value. `decodeValue` gives back an equal one.
 *
 * Kept: JSON's values, undefined, NaN, infinities, -0, BigInt, Date, Map, Set, URL, RegExp, Error, typed arrays, ArrayBuffer,
 * Buffer, sparse arrays, cycles, shared references, objects without a prototype, any key and any text. Dropped, as by JSON:
 * properties of arrays that are no elements, getters (their value stays), non-enumerable properties, frozenness.
 *
 * @param value what to store
 * @param where how messages call it: `result`, `variable 'rates'`
 * @param of whose it is, where that helps: `task 'fetch'`
 * @throws NotSerializable naming the path of the part that can't be stored: functions, symbols, promises, instances of classes,
 *   symbol keys, nesting over 256, and getters that throw
 *
 * @example
 * encodeValue({ at: new Date(0) }, 'result'); // '~[{"at":1},["Date","1970-01-01T00:00:00.000Z"]]'
 */
export function encodeValue(value: unknown, where: string, of?: string): string {
  try {
    return encode(value, where);
  } catch (error) {
    const owner = of === undefined ? {} : { of };
    if (!isMillraceError(error))
      throw new NotSerializable({ path: where, problem: problemOf(error), cause: error, ...owner });
    if (of === undefined || !(error instanceof NotSerializable)) throw error;
    const { path, problem } = error.details as { readonly path: string; readonly problem: string };
    throw new NotSerializable({ path, problem, of });
  }
}

function encode(value: unknown, where: string): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return isPlainNumber(value) ? String(value) : encodeRich(value, where);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'undefined':
      return ENCODED_UNDEFINED;
    case 'object':
      if (value === null) return 'null';
      return isPlainJson(value) ? JSON.stringify(value) : encodeRich(value, where);
    default:
      return encodeRich(value, where);
  }
}

function encodeRich(value: unknown, where: string): string {
  checkStorable(value, where);
  return RICH_MARK + stringifyRich(value);
}

/** V8 refuses texts over half a gigabyte; anything else comes from a getter, a proxy or a class that pretends to be a built-in. */
function problemOf(error: unknown): string {
  const isTooLong = error instanceof RangeError && error.message === 'Invalid string length';
  return isTooLong ? 'it is larger than one text can be (512 MB)' : 'a part of it throws when it is read';
}
