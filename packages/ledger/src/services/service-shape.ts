/**
 * A service: work that a database needs now and then, whichever process does it. Every process that lives long enough runs all of
 * them; a turn in the database lets one at a time through, so that any number of processes do the work of one.
 *
 * A service only says what one pass is. The runner takes the turn, calls passes until nothing is left, and paces itself.
 */

/** Work in bounded passes. */
export interface Service {
  /** Of its turn, in the database. */
  readonly name: string;
  /** Between the end of one turn and the start of the next, over all processes, in milliseconds. */
  readonly everyMs: number;
  /** How long the turn stays with a process that gives no sign, in milliseconds: well above what a pass takes. */
  readonly turnMs: number;
  /**
   * One unit of work, small enough that what has its turn extended between two passes is not taken for dead. It may be done again
   * by the next process, so it must bear that. What it throws ends the turn, which is tried again later.
   */
  pass(turn: Turn): Promise<PassReport>;
}

/** The turn that a pass works under. */
export interface Turn {
  /** Grows with every turn of the service: what is written under an older one may be refused by it. */
  readonly fencingToken: number;
  readonly isFirstPass: boolean;
  /** Aborted when the service is stopped: the pass ends after the step at hand. */
  readonly signal: AbortSignal;
}

/** One pass's work. */
export interface PassReport {
  /** False = there is more to do. */
  readonly isComplete: boolean;
  readonly counts: Readonly<Record<string, number>>;
}

/** A service in this process. */
export interface ServiceStatus {
  readonly name: string;
  /** `waiting`: for its turn. `working`: it has it. */
  readonly state: 'waiting' | 'working' | 'stopped';
  /** Turns that this process completed. */
  readonly turnCount: number;
  /** Of all passes of this process together. */
  readonly counts: Readonly<Record<string, number>>;
  /** The last turn that failed since one was completed; null = none did. */
  readonly lastError: { readonly at: number; readonly error: unknown } | null;
}
