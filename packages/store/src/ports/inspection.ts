/**
 * Port: what is asked of a whole database by those who check it. Bounded answers, whatever its size, and none of them reads
 * more of a row than it must: one that can't be decoded is passed like any other.
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
