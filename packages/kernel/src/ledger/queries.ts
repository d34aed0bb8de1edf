/** Which runs a list wants. Every list is bounded and paged by key (law 8). */

export interface PageRequest {
  readonly limit?: number;
  /** The last id of the page before; absent = from the newest. */
  readonly after?: string;
}

/** Which flow runs; every given condition must hold. Newest first. */
export interface FlowRunFilter extends PageRequest {
  readonly flowName?: string;
  readonly stateTypes?: readonly string[];
  readonly stateNames?: readonly string[];
  readonly tags?: readonly string[];
  readonly parentFlowRunId?: string | null;
  readonly rootFlowRunId?: string;
  readonly idempotencyKey?: string;
  /** Keys that begin so. */
  readonly idempotencyKeyPrefix?: string;
  /** Made at this instant or after it (epoch ms). */
  readonly since?: number;
  /** Made before this instant (epoch ms). */
  readonly until?: number;
  readonly name?: string;
}

/** Which task runs; every given condition must hold. Newest first. */
export interface TaskRunFilter extends PageRequest {
  readonly flowRunId?: string;
  readonly rootFlowRunId?: string;
  readonly parentTaskRunId?: string;
  readonly taskKey?: string;
  readonly stateTypes?: readonly string[];
  readonly stateNames?: readonly string[];
  readonly tags?: readonly string[];
}
