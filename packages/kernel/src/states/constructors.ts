/**
 * The only functions that make a state. Each returns a complete, plain, unfrozen object with its fields in one order, because
 * three are made for each task run.
 */
import { type State, type StateDetails, StateName, StateType, type WaitReason } from './state.ts';

/** The parts of a state beside its type and instant. */
export interface StateOptions {
  /** Default: the type's own name. */
  readonly name?: string;
  /** Default: null. */
  readonly message?: string | null;
  /** Default: null. */
  readonly details?: StateDetails | null;
}

function make(type: StateType, at: number, options: StateOptions | undefined): State {
  if (options === undefined) return { type, name: plainNames[type], at, message: null, details: null };
  const { name = plainNames[type], message = null, details = null } = options;
  return { type, name, at, message, details };
}

/** The name of each type when nothing more is to be said. */
export const plainNames: Readonly<Record<StateType, StateName>> = {
  SCHEDULED: StateName.Scheduled,
  PENDING: StateName.Pending,
  RUNNING: StateName.Running,
  PAUSED: StateName.Paused,
  CANCELLING: StateName.Cancelling,
  COMPLETED: StateName.Completed,
  FAILED: StateName.Failed,
  CANCELLED: StateName.Cancelled,
  CRASHED: StateName.Crashed,
};

/** SCHEDULED, not before `scheduledAt` (epoch ms). */
export function scheduled(at: number, scheduledAt: number, options: StateOptions = {}): State {
  return make(StateType.Scheduled, at, { ...options, details: { ...options.details, scheduledAt } });
}

/** SCHEDULED after a failure: tried again at `scheduledAt` (epoch ms). */
export function awaitingRetry(at: number, scheduledAt: number, message: string | null = null): State {
  const reason: WaitReason = { kind: 'retry', until: scheduledAt };
  return make(StateType.Scheduled, at, { name: StateName.AwaitingRetry, message, details: { scheduledAt, reason } });
}

/** SCHEDULED at once: every slot of a limit is taken, and the run starts when one comes free. */
export function awaitingSlot(at: number, limitName: string, heldBy: readonly string[]): State {
  const message = `Waits for a slot of '${limitName}'.`;
  const reason: WaitReason = { kind: 'limit', name: limitName, heldBy };
  return make(StateType.Scheduled, at, {
    name: StateName.AwaitingConcurrencySlot,
    message,
    details: { scheduledAt: at, reason },
  });
}

/** SCHEDULED at once: a suspended run that was resumed and waits for a process. */
export function resuming(at: number, message: string | null = null): State {
  const details = { scheduledAt: at, resuming: true };
  return make(StateType.Scheduled, at, { name: StateName.Resuming, message, details });
}

/** A state: the run has been made and not started (PENDING). `at` is the instant, in epoch ms. */
export function pending(at: number, options?: StateOptions): State {
  return make(StateType.Pending, at, options);
}

/** A run that another run needs, and that did not complete. */
export interface Upstream {
  readonly id: string;
  readonly name: string;
  /** The name of its state. */
  readonly state: string;
}

/** PENDING for good: an upstream run did not complete, so this one will not start. */
export function notReady(at: number, { id: runId, name: runName, state }: Upstream): State {
  const message = `Waits for '${runName}' (run ${runId}), which is ${state}.`;
  const details: StateDetails = { reason: { kind: 'upstream', runId, runName, state } };
  return make(StateType.Pending, at, { name: StateName.NotReady, message, details });
}

/** A state: the body of the run is under way (RUNNING). `at` is the instant, in epoch ms. */
export function running(at: number, options?: StateOptions): State {
  return make(StateType.Running, at, options);
}

/** PAUSED in its process, or PAUSED for a task run whose flow is paused. */
export function paused(at: number, options?: StateOptions): State {
  return make(StateType.Paused, at, options);
}

/** PAUSED with its process given back: it is started again when it is resumed. */
export function suspended(at: number, options: StateOptions = {}): State {
  const { name = StateName.Suspended, details } = options;
  return make(StateType.Paused, at, { ...options, name, details: { ...details, reschedule: true } });
}

/** CANCELLING: its holder has been asked to stop. */
export function cancelling(at: number, message: string | null = null): State {
  return make(StateType.Cancelling, at, { message });
}

/** A state: the run has its value (COMPLETED). `at` is the instant, in epoch ms. */
export function completed(at: number, options?: StateOptions): State {
  return make(StateType.Completed, at, options);
}

/** COMPLETED without running: the value was found under a cache key. */
export function cached(at: number, cacheKey: string): State {
  return make(StateType.Completed, at, { name: StateName.Cached, details: { cacheKey } });
}

/** FAILED. `retriable: false` where trying again can't help. */
export function failed(at: number, options?: StateOptions & { readonly retriable?: boolean }): State {
  if (options?.retriable !== false) return make(StateType.Failed, at, options);
  return make(StateType.Failed, at, { ...options, details: { ...options.details, retriable: false } });
}

/** FAILED because the time that it was given is over. */
export function timedOut(at: number, message: string): State {
  return make(StateType.Failed, at, { name: StateName.TimedOut, message });
}

/** A state: the run was cancelled (CANCELLED). `at` is the instant, in epoch ms. */
export function cancelled(at: number, message: string | null = null, details: StateDetails | null = null): State {
  return make(StateType.Cancelled, at, { message, details });
}

/** CRASHED: the process that held it is gone. */
export function crashed(at: number, message: string | null = null, details: StateDetails | null = null): State {
  return make(StateType.Crashed, at, { message, details });
}
