/** The holder of a run: the process that would handle a request to cancel it. */
import { type State, StateName, StateType } from '../states/state.ts';

/**
 * `session`: a live process of this engine, by its lease. `client`: a process that is not seen here and moves the run through the API.
 * `none`: the run is scheduled, suspended or evicted, its process is gone, or it has ended.
 */
export type RunHolder = 'none' | 'session' | 'client';

/**
 * The holder of a run that a client drives. There is no lease to look at, so it follows from the state, as Prefect has it: a run that has
 * begun is held, but for one that was suspended or is about to be taken up.
 *
 * @param hasInfrastructure whether a worker has reported where it started the run.
 * @example
 * holderOfClientRun(running(now), false) // 'client'
 */
export function holderOfClientRun(state: State, hasInfrastructure: boolean): RunHolder {
  switch (state.type) {
    case StateType.Scheduled:
      return hasInfrastructure && state.name !== StateName.Resuming ? 'client' : 'none';
    case StateType.Paused:
      return state.details?.reschedule === true ? 'none' : 'client';
    case StateType.Pending:
    case StateType.Running:
    case StateType.Cancelling:
      return 'client';
    default:
      return 'none';
  }
}
