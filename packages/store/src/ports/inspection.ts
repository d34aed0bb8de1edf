/**
 * Port of the checks of a whole database. Answers are bounded, whatever its size, and read no more of a row than they need, so that a row
 * that can't be decoded does not stop them.
 */

/** The tables of runs. */
export type RunTable = 'flow_run' | 'task_run';

/** Port: reading for checks. */
export interface Inspection {
  /** The newest id, or the newest before `after`; undefined = there is none. */
  nextId(table: RunTable, after?: string): Promise<string | undefined>;
  /** Replay keys that more than one child of a flow run has, task runs and flow runs taken together. */
  repeatedKeys(flowRunId: string, limit: number): Promise<readonly string[]>;
}
