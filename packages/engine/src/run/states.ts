/**
 * The states that the engine proposes. Plain objects: they are made three times for each task run.
 */
import { type State, type StateDetails, StateName, StateType } from '@millrace/kernel';

export function runningState(at: number): State {
  return { type: StateType.Running, name: StateName.Running, at, message: null, details: null };
}

export function completedState(
  at: number,
  options: { readonly name?: string; readonly message?: string; readonly details?: StateDetails } = {},
): State {
  return {
    type: StateType.Completed,
    name: options.name ?? StateName.Completed,
    at,
    message: options.message ?? null,
    details: options.details ?? null,
  };
}

export function failedState(
  at: number,
  options: { readonly message: string; readonly retriable?: boolean; readonly name?: string },
): State {
  return {
    type: StateType.Failed,
    name: options.name ?? StateName.Failed,
    at,
    message: options.message,
    details: options.retriable === false ? { retriable: false } : null,
  };
}

export function cancelledState(at: number, message: string): State {
  return { type: StateType.Cancelled, name: StateName.Cancelled, at, message, details: null };
}

/** @param upstream the run that did not complete, with the name of its state */
export function notReadyState(at: number, upstream: Upstream): State {
  const { id: runId, name: runName, state } = upstream;
  return {
    type: StateType.Pending,
    name: StateName.NotReady,
    at,
    message: `Waits for '${runName}' (run ${runId}), which is ${state}.`,
    details: { reason: { kind: 'upstream', runId, runName, state } },
  };
}

export interface Upstream {
  readonly id: string;
  readonly name: string;
  /** The name of the state that it is in. */
  readonly state: string;
}

/** SCHEDULED at once, as soon as a slot of the limit comes free. */
export function awaitingSlotState(at: number, limitName: string, heldBy: readonly string[]): State {
  return {
    type: StateType.Scheduled,
    name: StateName.AwaitingConcurrencySlot,
    at,
    message: `Waits for a slot of '${limitName}'.`,
    details: { scheduledAt: at, reason: { kind: 'limit', name: limitName, heldBy } },
  };
}
