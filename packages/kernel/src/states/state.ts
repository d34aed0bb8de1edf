/**
 * The state of a run, with Prefect's types and names.
 *
 * A state has one of nine types, which rules are written over, and a name for people (`Late`, `Retrying`, `TimedOut`...). States are plain
 * readonly data. Predicates are in `predicates.ts`, the functions that make states in `constructors.ts`.
 */
import type { Json } from './json.ts';

/**
 * The nine state types, as on Prefect's wire.
 *
 * @example
 * if (run.state.type === StateType.Paused) await resume(run.id);
 */
export const StateType = {
  Scheduled: 'SCHEDULED',
  Pending: 'PENDING',
  Running: 'RUNNING',
  Paused: 'PAUSED',
  Cancelling: 'CANCELLING',
  Completed: 'COMPLETED',
  Failed: 'FAILED',
  Cancelled: 'CANCELLED',
  Crashed: 'CRASHED',
} as const;
export type StateType = (typeof StateType)[keyof typeof StateType];

/**
 * The names that the engine itself gives. A user may return a terminal state of another name.
 *
 * @example
 * if (state.name === StateName.Cached) console.log('found in the cache');
 */
export const StateName = {
  Scheduled: 'Scheduled',
  Late: 'Late',
  AwaitingRetry: 'AwaitingRetry',
  AwaitingConcurrencySlot: 'AwaitingConcurrencySlot',
  Resuming: 'Resuming',
  Pending: 'Pending',
  Submitting: 'Submitting',
  InfrastructurePending: 'InfrastructurePending',
  NotReady: 'NotReady',
  Running: 'Running',
  Retrying: 'Retrying',
  Rerunning: 'Rerunning',
  Paused: 'Paused',
  Suspended: 'Suspended',
  Cancelling: 'Cancelling',
  Completed: 'Completed',
  Cached: 'Cached',
  RolledBack: 'RolledBack',
  Failed: 'Failed',
  TimedOut: 'TimedOut',
  Cancelled: 'Cancelled',
  Crashed: 'Crashed',
} as const;
export type StateName = (typeof StateName)[keyof typeof StateName];

/** Why a run that is not running does not run: one machine-readable reason (law 7). */
export type WaitReason =
  | { readonly kind: 'scheduled'; readonly until: number }
  | { readonly kind: 'retry'; readonly until: number }
  | { readonly kind: 'sleep'; readonly until: number }
  | { readonly kind: 'signal'; readonly name: string; readonly until: number | null }
  | { readonly kind: 'input'; readonly key: string; readonly until: number | null }
  | { readonly kind: 'limit'; readonly name: string; readonly heldBy: readonly string[] }
  /** With the name of the run and of the state that it ended in. */
  | { readonly kind: 'upstream'; readonly runId: string; readonly runName?: string; readonly state?: string }
  | { readonly kind: 'orphaned'; readonly sessionId: string };

/** The details of a state beside its message. Every field is absent when it has nothing to say. */
export interface StateDetails {
  /** SCHEDULED: not before this instant (epoch ms). */
  readonly scheduledAt?: number;
  /** PAUSED: the key of this pause; a key fires once. */
  readonly pauseKey?: string;
  /** PAUSED: when the pause ends without an answer (epoch ms). */
  readonly pauseTimeoutAt?: number;
  /** PAUSED: the process was freed (suspend), the run is started again at resume. */
  readonly reschedule?: boolean;
  /** Taken up with the order of calls that can't be told apart trusted: see AmbiguousReplay. */
  readonly trustOrder?: boolean;
  /** FAILED: false where trying again can't help. */
  readonly retriable?: boolean;
  /** FAILED, of a flow run within another: the attempt of that one (its run count) in which it failed. */
  readonly parentAttempt?: number;
  /** COMPLETED / Cached: the key the value was found or stored under. */
  readonly cacheKey?: string;
  /** COMPLETED: its commit hooks have run, and no transaction will undo it. */
  readonly committed?: boolean;
  /** SCHEDULED or PENDING: what follows goes on with the attempt that was left, and counts no new one. */
  readonly resuming?: boolean;
  /** Given by a proposer that may have to ask twice: a second proposal with it changes nothing. */
  readonly transitionId?: string;
  /** COMPLETED: the signal whose payload is the outcome; it is taken with the write of this state. */
  readonly signalId?: string;
  /** The state was made because no report came that ended the run, and gives way to the next one. Holds what it replaced. */
  readonly reconciled?: { readonly startAt: number | null; readonly runTimeMs: number };
  /** The state was forced: it may follow any other. */
  readonly forced?: boolean;
  /** The data of the state was over the limit and is not recorded: so many characters of JSON. */
  readonly dataOmitted?: number;
  // Details that only clients of the API give. With those above these are Prefect's eighteen, but for the ids of the run itself and of the
  // task run that called it: these follow from the run.
  /** Of a task run that stands for a flow run: that flow run. */
  readonly childFlowRunId?: string;
  /** COMPLETED: until when the cached value is good (epoch ms). */
  readonly cacheExpiresAt?: number;
  /** The task run was submitted to be run by another process. */
  readonly deferred?: boolean;
  /** The result can't be traced to this run, because other runs may return the same object. */
  readonly untrackableResult?: boolean;
  /** PAUSED: the keys under which the inputs of this pause are stored. */
  readonly runInputKeys?: Readonly<Record<string, string>>;
  /** The cached value is to be computed again. */
  readonly refreshCache?: boolean;
  /** Where the parameters of a deferred task run are stored. */
  readonly taskParametersId?: string;
  /** OpenTelemetry's context. */
  readonly traceParent?: string;
  /** The lease of the slot that the flow run holds of its deployment's limit. */
  readonly deploymentLeaseId?: string;
  /** Why this run does not run now. */
  readonly reason?: WaitReason;
}

/** One state of a run. Its run and its ordinal are its identity. */
export interface State {
  /** Which of its run's states it is, counted from 0 over all that the run ever had; absent = one more than the state before it. */
  readonly ordinal?: number;
  /** Given by the client that reported it; absent = it follows from the run's id and the ordinal. */
  readonly id?: string;
  /** The value that a client attached to it; absent = none. */
  readonly data?: Json;
  readonly type: StateType;
  readonly name: string;
  /** When it was entered (epoch ms, with fractions down to a microsecond). */
  readonly at: number;
  /** One sentence for a person; null = nothing to add. */
  readonly message: string | null;
  readonly details: StateDetails | null;
}
