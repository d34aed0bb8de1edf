/**
 * A service is periodic work on a database that any process can do. Every process that lives long enough runs all services; a turn
 * in the database is given to one process at a time, so that any number of processes share the work.
 *
 * A service defines one pass. The runner takes the turn, calls passes until nothing is left, and paces itself.
 */

/** Work in bounded passes. */
export interface Service {
  /** The name of its turn in the database. */
  readonly name: string;
  /** Between the end of one turn and the start of the next, over all processes, in milliseconds. */
  readonly everyMs: number;
  /** How long the turn lasts after it was taken or extended, in milliseconds. */
  readonly turnMs: number;
  /**
   * One unit of work, well shorter than the turn, which is extended between passes. Another process may repeat it, so it must be
   * idempotent. An error ends the turn, which is tried again later.
   */
  pass(turn: Turn): Promise<PassReport>;
}

/** The turn that a pass works under. */
export interface Turn {
  /** Grows with every turn of the service, so that a write under an older one can be refused. */
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
  /** Summed over all passes of this process. */
  readonly counts: Readonly<Record<string, number>>;
  /** The error of the last turn that failed since the last complete one; null = none did. */
  readonly lastError: { readonly at: number; readonly error: unknown } | null;
}
