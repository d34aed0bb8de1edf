/** One broken invariant. */

/** The invariants that a database can be held to, by the names that the reliability tests use. */
export type InvariantName = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I8' | 'I9' | 'I12' | 'I13';

/** What is wrong, and with which run (a limit's name for slots; null where no single row is at fault). */
export interface Finding {
  readonly invariant: InvariantName;
  readonly runId: string | null;
  readonly message: string;
}
