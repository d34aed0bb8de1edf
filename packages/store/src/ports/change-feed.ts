/**
 * Port: the change feed, one row for each batch of runs that was committed while a follower is registered.
 *
 * A change names runs, not states: every state stays in its run's row with its instant, so a follower reads the row and loses
 * nothing when writes merge. Without a follower a commit only looks whether there is one.
 *
 * A follower is a name with a position and a lease. Its position moves in the transaction that writes what it made of the
 * changes, so that a follower which dies between two transactions reads the same changes again. A follower whose lease is over
 * no longer keeps the feed: it registers again as a new one.
 */

/** Where a follower stands: after this change of this transaction. */
export interface FeedPosition {
  /** The transaction's id on PostgreSQL, where the order of `sequence` is not the order of commits; 0 on SQLite. */
  readonly transactionId: number;
  readonly sequence: number;
}

/** One batch that was committed. */
export interface Change {
  readonly position: FeedPosition;
  /** By the database's clock, in epoch ms. */
  readonly notedAt: number;
  readonly flowRunIds: readonly string[];
  readonly taskRunIds: readonly string[];
}

/** Changes in the order of their commits. */
export interface ChangePage {
  readonly changes: readonly Change[];
  /** Since when (epoch ms) a transaction that is still open holds back changes which are committed already; null = none does. */
  readonly heldBackSince: number | null;
}

/** The change feed inside one transaction. */
export interface ChangeFeed {
  /**
   * Registers a follower, or extends its lease. From the commit on every batch is in the feed.
   *
   * @param follower its name, and for how many milliseconds it may stay away
   * @returns whether it is new: then it must read the tables once, after this commit, because the feed has nothing of before
   */
  follow(follower: { readonly name: string; readonly ttlMs: number }): Promise<{ readonly isNew: boolean }>;
  /** The next changes after the follower's position; undefined = it is not registered any more. */
  read(query: { readonly name: string; readonly limit: number }): Promise<ChangePage | undefined>;
  /** Moves the follower on and extends its lease. False = it is not registered any more: take back what was written with it. */
  advance(follower: { readonly name: string; readonly to: FeedPosition; readonly ttlMs: number }): Promise<boolean>;
  unfollow(name: string): Promise<void>;
  /** Deletes followers whose lease is over, and up to `limit` changes that every follower has read. Answers how many changes. */
  prune(limit: number): Promise<number>;
}
