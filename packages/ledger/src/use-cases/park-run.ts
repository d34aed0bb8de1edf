/**
 * Records what a run waits for and gives its process back, in one transaction. A signal that came between the last look
 * and this makes it due at once, so that none is slept through.
 *
 * A run that never looked for a signal is one row, written as the holder has it: thousands that fall asleep together cost a
 * few commits and next to no memory. Only if somebody changed the row meanwhile is it read again.
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
import { isRunChanged } from '../state/retry-on-conflict.ts';
import type { LedgerContext } from '../state/ledger-context.ts';
import { changesOf, enterState, flowSnapshot } from '../state/run-changes.ts';

export interface Parking {
  readonly request: ParkRequest;
  /** Whether it ever looked for a signal. */
  readonly mayBeSignalled: boolean;
  /** Names of signals that were looked for and not there. */
  readonly awaited: ReadonlySet<string>;
  /** Whether a wait has its signal already: asked when the run is written. */
  readonly isSignalled: () => boolean;
}

/** The run as it is stored now. Throws StaleExecution, or RunCancelled when it is to be cancelled instead. */
export async function parkRun(context: LedgerContext, held: FlowRunRecord, parking: Parking): Promise<FlowRunRecord> {
  if (parking.mayBeSignalled) return await parkInTransaction(context, held, parking);
  // With a history of its own: nothing is so before it is stored.
  const run = { ...held, history: [...held.history] };
  suspend(context, run, parking.request);
  try {
    await context.store.putFlowRun(run);
    return run;
  } catch (error) {
    if (!isRunChanged(error)) throw error;
  }
  return await parkInTransaction(context, held, parking);
}

function parkInTransaction(context: LedgerContext, held: FlowRunRecord, parking: Parking): Promise<FlowRunRecord> {
  return context.store.write(async (transaction) => {
    const run = await transaction.flowRuns.getForUpdate(held.id);
    if (run?.token !== held.token) throw new StaleExecution({ flowRunId: held.id, token: held.token });
    suspend(context, run, parking.request);
    const untaken = await transaction.signals.hasUntaken(run.id, [...parking.awaited]);
    const signalled = untaken || parking.isSignalled();
    if (signalled) run.wakeAt = await transaction.now();
    await transaction.flowRuns.put(run);
    return run;
  });
}

/** Enters the state that it waits in, held by nobody. */
function suspend({ clock, random }: LedgerContext, run: FlowRunRecord, { proposal, wakeAt }: ParkRequest): void {
  if (!isThere(run.state, proposal.state)) {
    const verdict = decide(flowSnapshot(run, 'session', proposal.state.type), proposal, { now: clock.now(), random });
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
