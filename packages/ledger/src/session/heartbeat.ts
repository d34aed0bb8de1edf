/** What keeps a session's lease from running out: a port, so that a busy event loop need not look like a dead process. */

/** The lease to extend. */
export interface HeartbeatTarget {
  readonly sessionId: string;
  /** How often, in milliseconds. */
  readonly everyMs: number;
  /** For how long each time, in milliseconds. */
  readonly ttlMs: number;
  /** To be called when it can't go on: the ledger then does it itself. */
  failed(): void;
}

/** Extends the lease of a session until it is stopped. It must not keep the process alive. */
export interface Heartbeat {
  start(target: HeartbeatTarget): { stop(): Promise<void> };
}
