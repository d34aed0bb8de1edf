/** Port of the states whose ids were given by clients, so that the id leads to the run. No other states are written here. */

/** A state that a client gave an id, and the run that entered it. */
export interface ReportedStateId {
  readonly id: string;
  readonly runId: string;
  readonly runKind: 'flow' | 'task';
}

/** Port: ids of reported states inside one transaction. */
export interface ReportedStates {
  /** Those that are stored already stay as they are. */
  add(states: readonly ReportedStateId[]): Promise<void>;
  /** The run whose state has this id. */
  get(id: string): Promise<ReportedStateId | undefined>;
}
