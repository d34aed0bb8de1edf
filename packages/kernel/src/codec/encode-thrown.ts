/** Encodes thrown values as text and decodes them. Records, replays and the channels to workers use this one form. */
import { decodeValue } from './decode.ts';
import { encodeValue } from './encode.ts';
import { fromSerializedError } from './deserialize-error.ts';
import { type SerializedError, toSerializedError } from './serialize-error.ts';
import { thrownText } from '../errors/thrown-text.ts';

/**
 * The text of whatever was thrown. Never throws: an error that can't be stored whole is stored as its message.
 *
 * @example
 * decodeThrown(encodeThrown({ status: 409 })); // { status: 409 }
 */
export function encodeThrown(error: unknown): string {
  try {
    return encodeValue(toSerializedError(error), 'error');
  } catch {
    return encodeValue({ name: 'Error', message: thrownText(error) }, 'error');
  }
}

/**
 * The thrown value: an error as an instance again, anything else as the value that it was.
 *
 * @throws CorruptValue when the text is no error's
 */
export function decodeThrown(text: string): unknown {
  const error = fromSerializedError(decodeValue(text) as SerializedError);
  return error.name === 'ThrownValue' && 'thrown' in error ? error.thrown : error;
}
