/** The options of a test engine, and the moment at which a simulated process dies. */

/** Options of `testEngine`. */
export interface TestEngineOptions {
  /** `virtual` (default): time stands still until `advance`. `real`: the machine's clock. */
  readonly time?: 'virtual' | 'real';
  /** The start of virtual time; default 2026-01-01T00:00:00Z. */
  readonly startAt?: Date;
}

/** The moment of a crash: after a task has completed (by name, the first or a later time), or after a number of writes. */
export type CrashPoint = string | { readonly task: string; readonly occurrence?: number } | { readonly writes: number };
