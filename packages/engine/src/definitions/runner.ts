/**
 * Where the tasks of a flow run: a plain description, made real by the engine when the flow run starts.
 */

/** See {@link concurrent}, {@link threads}, {@link processes}. */
export interface Runner {
  readonly kind: 'concurrent' | 'threads' | 'processes';
  /** How many bodies run at once; a body that waits for a child, a sleep or a limit doesn't count. */
  readonly limit: number;
}
