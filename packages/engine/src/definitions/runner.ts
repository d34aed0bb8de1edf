/**
 * The choice of where the tasks of a flow run, as data. The engine creates the semaphore or the workers when the flow run starts.
 */

/** See {@link concurrent}, {@link threads}, {@link processes}. */
export interface Runner {
  readonly kind: 'concurrent' | 'threads' | 'processes';
  /** How many bodies run at once; a body that waits for a child, a sleep or a limit doesn't count. */
  readonly limit: number;
}
