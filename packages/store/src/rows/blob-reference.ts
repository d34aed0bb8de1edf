/**
 * How a row refers to a value outside the database: `blob:<storage>:<key>:<bytes>:<sha256>`.
 *
 * An encoded value is JSON and never begins so. Neither a storage's name nor a key has a colon.
 */

export interface BlobReference {
  readonly storage: string;
  readonly key: string;
  /** Of the text in UTF-8. */
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

const mark = 'blob:';
const pattern = /^blob:([a-z0-9-]+):([A-Za-z0-9._/-]+):([0-9]+):([0-9a-f]{64})$/;
const locationPattern = /^blob:([a-z0-9-]+):([A-Za-z0-9._/-]+):/;
const keyPattern = /^[A-Za-z0-9_-][A-Za-z0-9._/-]*$/;
const storagePattern = /^[a-z0-9-]{1,40}$/;
const keyLengthMax = 200;

/**
 * Whether a recorded text stands for one that is kept elsewhere.
 *
 * @param text an outcome or parameters as recorded.
 * @returns true for a reference; nothing is checked but its first characters.
 * @example
 * if (isBlobReference(text)) text = await store.blobs.fetch(text, { runId });
 */
export function isBlobReference(text: string): boolean {
  return text.startsWith(mark);
}

export function formatReference({ storage, key, bytes, sha256 }: BlobReference): string {
  return `${mark}${storage}:${key}:${bytes}:${sha256}`;
}

/** undefined = it begins as a reference and is none. */
export function parseReference(text: string): BlobReference | undefined {
  const [, storage, key, bytes, sha256] = pattern.exec(text) ?? [];
  if (storage === undefined || key === undefined || bytes === undefined || sha256 === undefined) return undefined;
  return isBlobKey(key) ? { storage, key, bytes: Number(bytes), sha256 } : undefined;
}

/** How every reference to this key begins. */
export function referencePrefix(storage: string, key: string): string {
  return `${mark}${storage}:${key}:`;
}

/** Storage and key of a reference or of its beginning; undefined = it is neither. */
export function parseLocation(text: string): { readonly storage: string; readonly key: string } | undefined {
  const [, storage, key] = locationPattern.exec(text) ?? [];
  return storage === undefined || key === undefined || !isBlobKey(key) ? undefined : { storage, key };
}

/** A key names a value and nothing else: no way out of the storage can be spelled with it. */
function isBlobKey(key: string): boolean {
  if (key.length > keyLengthMax || !keyPattern.test(key)) return false;
  return key.split('/').every((part) => part !== '' && part !== '.' && !part.includes('..'));
}

/**
 * Refuses a key that could leave the storage.
 *
 * @param key what a value is to be stored under.
 * @returns the key.
 * @throws RangeError for anything but letters, digits, `-`, `_`, `.` and `/`, for `..`, and beyond 200 characters.
 * @example
 * const path = join(folder, checkedKey(key));
 */
export function checkedKey(key: string): string {
  if (isBlobKey(key)) return key;
  const shown = JSON.stringify(key.slice(0, 100));
  throw new RangeError(
    `${shown} is no key: use letters, digits, '-', '_', '.' and '/', never '..', at most ${keyLengthMax}`,
  );
}

/** @throws RangeError for a name that can't stand in a reference. */
export function checkedStorageName(name: string): string {
  if (storagePattern.test(name)) return name;
  throw new RangeError(`${JSON.stringify(name)} is no name for a blob storage: use lower-case letters, digits and '-'`);
}
