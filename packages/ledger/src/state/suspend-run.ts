/** Applies the waiting state to the record of an evicted run and clears its session. Writes no row. */
import { decide, type FlowRunRecord, type ParkRequest, RunCancelled, type State, StateType } from '@millrace/kernel';
import { changesOf, enterState, flowSnapshot } from './run-changes.ts';

/** Throws RunCancelled when the rules refuse it: the run is to be cancelled instead. */
export function suspendRun(
  { now, random }: { readonly now: number; readonly random: () => number },
  run: FlowRunRecord,
  { proposal, wakeAt }: ParkRequest,
): void {
  if (!isThere(run.state, proposal.state)) {
    const verdict = decide(flowSnapshot(run, 'session', proposal.state.type), proposal, { now, random });
    const changes = changesOf(verdict);
    if (changes === undefined) throw refusal(run);
    enterState(run, changes);
  }
  run.waiting = proposal.state.details?.reason ?? run.waiting;
  run.wakeAt = wakeAt;
  run.sessionId = null;
}

/** A run that is paused already stays in that very state. */
function isThere(state: State, proposed: State): boolean {
  return state.type === StateType.Paused && proposed.type === StateType.Paused;
}

function refusal(run: FlowRunRecord): Error {
  return new RunCancelled({ runId: run.id, runName: run.name, reason: run.state.message ?? `it is ${run.state.name}` });
}
