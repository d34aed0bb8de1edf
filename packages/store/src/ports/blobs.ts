/**
 * Port: large values by reference. Text goes to blob storage before the row that refers to it is committed; a crash in
 * between leaves an orphan, which retention collects.
 */

/** Whose value it is, for keys and for errors. */
export interface BlobOwner {
  readonly runId: string;
}

/** A stored value as the collection of orphans sees it. */
export interface StoredBlob {
  /** How every reference to it begins. */
  readonly referencePrefix: string;
  readonly storedAt: number;
}

/** The large values of one database. */
export interface Blobs {
  /** Text of up to this many characters is kept in its row. */
  readonly textMax: number;
  /**
   * The text itself when it is short; otherwise, once it is durable in blob storage, a reference to it. What comes back
   * is what is recorded.
   * @throws BlobUnavailable, StoreFull
   */
  offload(text: string, owner: BlobOwner): Promise<string>;
  /**
   * The text behind a reference, checked against its hash; text that is no reference comes back as it is.
   * @throws BlobMissing, BlobDamaged, BlobUnavailable: naming run and key
   */
  fetch(text: string, owner: BlobOwner): Promise<string>;
  /**
   * Deletes what a reference, or the beginning of one, names. False when its storage is not known here: another process may know it.
   * @throws BlobUnavailable
   */
  remove(reference: string): Promise<boolean>;
  /** All that is stored for this database, wherever that can be listed. */
  stored(): AsyncIterable<StoredBlob>;
}
