/** The options of a test engine, and the points at which its process may die. */

/** How a test engine is made. */
export interface TestEngineOptions {
  /** `virtual` (default): time stands still until `advance`. `real`: the machine's. */
  readonly time?: 'virtual' | 'real';
  /** Where virtual time begins; default 2026-01-01T00:00:00Z. */
  readonly startAt?: Date;
}

/** When a process dies: after a task completed (by name, the first time or a later one), or after so many writes. */
export type CrashPoint = string | { readonly task: string; readonly occurrence?: number } | { readonly writes: number };
