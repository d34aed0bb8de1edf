/**
 * Where a value goes when the run says so itself, and how it is written.
 *
 * Without these options a value is written by Millrace's codec into the store, large ones by reference.
 */

/** A place for values: a folder, a bucket, anything with get and put. Keys are made by the engine. */
export interface Storage {
  readonly name: string;
  /** @param key letters, digits, `-`, `_`, `.` and `/`; never `..` */
  put(key: string, text: string): Promise<void>;
  /** @returns the text; undefined when there is none under this key */
  get(key: string): Promise<string | undefined>;
}

/** How a value becomes text and back. Must be exact: what is read equals what was written. */
export interface Serializer {
  readonly name: string;
  serialize(value: unknown): string | Promise<string>;
  /** May give a promise of the value. */
  deserialize(text: string): unknown;
}
