/** Checks whether a task run was submitted for another process (`deferred`), because then several processes may try to start it. */
import type { State } from '../states/state.ts';
import type { RunSnapshot } from './proposal.ts';

export function isDeferred({ state }: RunSnapshot, proposed: State): boolean {
  return state?.details?.deferred === true || proposed.details?.deferred === true;
}
