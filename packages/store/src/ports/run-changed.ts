/**
 * RunChanged: another process wrote a flow run between the reading and the writing of it.
 *
 * Internal to store and ledger: the caller that catches it loads the row and retries. Users never see it.
 */

/** The stored flow run is not the one the write was decided on. */
export class RunChanged extends Error {
  readonly code = 'RUN_CHANGED';
  readonly flowRunId: string;

  /** @param flowRunId the run whose row has another revision or token, or is gone. */
  constructor(flowRunId: string) {
    super(`flow run ${flowRunId} was changed by another process since it was read`);
    this.name = 'RunChanged';
    this.flowRunId = flowRunId;
  }
}
