/**
 * Port: a place for values that are too large for a row: a folder, a table, a bucket.
 *
 * Keys are made by the caller: letters, digits, `-`, `_`, `.` and `/`, never `..`, at most 200 characters. A key that was
 * put is not put again with other content by the store itself.
 */

/** One stored value, as a list shows it. */
export interface BlobEntry {
  readonly key: string;
  /** Epoch ms, by the storage's clock. */
  readonly storedAt: number;
}

/** A place for values under keys. */
export interface BlobStorage {
  /** Lower-case letters, digits and `-`. It is part of every reference: keep it when the place stays the same. */
  readonly name: string;
  /**
   * Resolves when the value is durable; a value of the same key is replaced as a whole. A string is written as UTF-8.
   * @param key letters, digits, `-`, `_`, `.` and `/`; never `..`
   */
  put(key: string, content: string | Uint8Array): Promise<void>;
  /** @returns the text; undefined when there is none under this key */
  get(key: string): Promise<string | undefined>;
  /** A key that is not there is no error. */
  delete(key: string): Promise<void>;
  /** Lists the values under keys that begin with `prefix`, in no order. Without it orphans stay until they are deleted by hand. */
  list?(prefix: string): AsyncIterable<BlobEntry>;
  /** Gives back what it holds. The store calls it when it is closed. */
  close?(): Promise<void>;
}
