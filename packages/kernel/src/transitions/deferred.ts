/** Whether a task run was submitted to be run by another process, so that several processes may want to start it. */
import type { State } from '../states/state.ts';
import type { RunSnapshot } from './proposal.ts';

export function isDeferred({ state }: RunSnapshot, proposed: State): boolean {
  return state?.details?.deferred === true || proposed.details?.deferred === true;
}
