/**
 * The options `storage` and `serializer`, by which a task or flow chooses where its values are stored and how they are encoded.
 *
 * Without them Millrace's codec encodes a value into the store, and large values are stored by reference.
 */

/** A store of values: a folder, a bucket, anything with get and put. The engine makes the keys. */
export interface Storage {
  readonly name: string;
  /** @param key letters, digits, `-`, `_`, `.` and `/`; never `..` */
  put(key: string, text: string): Promise<void>;
  /** @returns the text; undefined when there is none under this key */
  get(key: string): Promise<string | undefined>;
}

/** Turns a value into text and back, exactly: the value that is read equals the one that was written. */
export interface Serializer {
  readonly name: string;
  serialize(value: unknown): string | Promise<string>;
  /** May return a promise of the value. */
  deserialize(text: string): unknown;
}
