/**
 * Records what a run waits for and gives its process back, in one transaction. A signal that came between the last look
 * and this makes it due at once, so that none is slept through.
 */
import {
  decide,
  type FlowRunRecord,
  type ParkRequest,
  RunCancelled,
  StaleExecution,
  type State,
  StateType,
} from '@millrace/kernel';
import type { LedgerContext } from '../ledger-context.ts';
import { changesOf, enterState, flowSnapshot } from '../run-changes.ts';
import { hasUntaken } from './untaken-signals.ts';

export interface Parking {
  readonly request: ParkRequest;
  /** Names of signals that were looked for and not there. */
  readonly awaited: ReadonlySet<string>;
  /** Whether a wait has its signal already: asked when the run is written. */
  readonly isSignalled: () => boolean;
}

/** The run as it is stored now. Throws StaleExecution, or RunCancelled when it is to be cancelled instead. */
export function parkRun(context: LedgerContext, held: FlowRunRecord, parking: Parking): Promise<FlowRunRecord> {
  const { clock, random, store } = context;
  const { proposal, wakeAt } = parking.request;
  return store.write(async (transaction) => {
    const run = await transaction.flowRuns.getForUpdate(held.id);
    if (run?.token !== held.token) throw new StaleExecution({ flowRunId: held.id, token: held.token });
    if (!isThere(run.state, proposal.state)) {
      const verdict = decide(flowSnapshot(run, true, proposal.state.type), proposal, { now: clock.now(), random });
      const changes = changesOf(verdict);
      if (changes === undefined) throw refusal(run);
      enterState(run, changes);
    }
    run.waiting = proposal.state.details?.reason ?? run.waiting;
    const untaken = parking.awaited.size > 0 && (await hasUntaken(transaction, run.id, parking.awaited));
    const signalled = untaken || parking.isSignalled();
    run.wakeAt = signalled ? await transaction.now() : wakeAt;
    run.sessionId = null;
    await transaction.flowRuns.put(run);
    return run;
  });
}

/** A run that is paused already stays in that very state. */
function isThere(state: State, proposed: State): boolean {
  return state.type === StateType.Paused && proposed.type === StateType.Paused;
}

function refusal(run: FlowRunRecord): Error {
  return new RunCancelled({ runId: run.id, runName: run.name, reason: run.state.message ?? `it is ${run.state.name}` });
}
