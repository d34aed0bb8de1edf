/** Port of the heartbeat, which extends a session's lease, so that a process whose event loop is busy is not treated as dead. */

/** The lease to extend. */
export interface HeartbeatTarget {
  readonly sessionId: string;
  /** How often, in milliseconds. */
  readonly everyMs: number;
  /** The lease after each beat, in milliseconds. */
  readonly ttlMs: number;
  /** Called when the heartbeat can't continue: the ledger then extends the lease itself. */
  failed(): void;
}

/** Extends the lease of a session until it is stopped. It must not keep the process alive. */
export interface Heartbeat {
  start(target: HeartbeatTarget): { stop(): Promise<void> };
}
