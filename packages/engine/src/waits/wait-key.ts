/** Reads the `key` of a wait from its options. */
import { ConfigurationError, isKey, KEY_LENGTH_MAX } from '@millrace/kernel';

/** @throws ConfigurationError for options that are no object, and for what can't be a key; null = none was given */
export function keyIn(wait: string, options: { readonly key?: string | undefined }): string | null {
  if (typeof options !== 'object' || options === null)
    throw new ConfigurationError(`The options of ${wait}() must be an object, such as { key }, not ${typeof options}.`);
  const { key } = options;
  if (key === undefined) return null;
  if (isKey(key)) return key;
  throw new ConfigurationError(`key of ${wait}() must be a string of 1 to ${KEY_LENGTH_MAX} whole characters.`);
}
