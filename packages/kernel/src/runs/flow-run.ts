/**
 * The record of a flow run: everything that is known of it, as the ledger keeps it.
 *
 * The process that holds a run's lease mutates its own record and hands it to the store, which writes the fields as they
 * are at the commit; all other readers get copies. `token` and `revision` guard each write (laws 2 and 5).
 */
import type { Json } from '../states/json.ts';
import type { State, WaitReason } from '../states/state.ts';

/** Decides whether a run is tried again. Delays are resolved: one number a retry, the last repeated. */
export interface RetryPolicy {
  /** How often a failed body is called again, at most. */
  readonly retries: number;
  /** Milliseconds before each retry; the last one repeats; empty = at once. */
  readonly retryDelaysMs: readonly number[];
  /** Prefect's retry_jitter_factor; null = none. */
  readonly retryJitter: number | null;
}

/** A flow run's policy: retries for failures of its code, crash retries for deaths of its process. */
export interface FlowRunPolicy extends RetryPolicy {
  /** How often the run is taken up again after its process died, at most; then it is Crashed for good. */
  readonly crashRetries: number;
  /** Absent = its parameters were checked by a process that has defined the flow, as a call's are. */
  readonly parametersUnchecked?: boolean;
}

/** The caller of a flow run's bodies: this engine, or a client that reports its states through the API. */
export type FlowRunDriver = 'engine' | 'client';

/** Facts of a flow run that no list filters by; every field is absent when it has nothing to say. */
export interface FlowRunDetails {
  readonly labels?: Readonly<Record<string, string | number | boolean>>;
  readonly context?: Readonly<Record<string, Json>>;
  readonly jobVariables?: Readonly<Record<string, Json>>;
  readonly infrastructurePid?: string;
  /** Its creator: a user, a deployment, a schedule, an automation. */
  readonly createdBy?: { readonly id?: string; readonly type?: string; readonly displayValue?: string };
  readonly [other: string]: Json | undefined;
}

/**
 * A flow run as it is recorded. Instants are epoch milliseconds, with fractions down to a microsecond; what null means is
 * said at the field.
 */
export interface FlowRunRecord {
  readonly kind: 'flow';
  readonly id: string;
  driver: FlowRunDriver;
  name: string;
  readonly flowName: string;
  readonly flowVersion: string | null;
  /** The flow run whose scope this run belongs to; null = outermost. */
  readonly parentFlowRunId: string | null;
  /** The task run that called this flow; null = called by a flow body or from outside. */
  readonly parentTaskRunId: string | null;
  readonly rootFlowRunId: string;
  /** Its place under its parent (see keys/replay-key.ts); null = outermost. */
  readonly replayKey: string | null;
  readonly idempotencyKey: string | null;
  state: State;
  /** Earlier states, oldest first; the current one is not in it. */
  history: State[];
  /** How often a body was started by first run or retry: Prefect's run_count. A crash recovery doesn't count. */
  runCount: number;
  /** How often the run was taken up after its process died. */
  crashCount: number;
  /** Encoded parameters by name (codec text). */
  readonly parameters: string;
  /** Encoded value (COMPLETED) or encoded SerializedError (FAILED, CRASHED, CANCELLED); null = none. */
  outcome: string | null;
  readonly tags: readonly string[];
  readonly policy: FlowRunPolicy;
  readonly deploymentId: string | null;
  readonly workQueueId: string | null;
  readonly details: FlowRunDetails | null;
  readonly createdAt: number;
  expectedStartAt: number;
  /** SCHEDULED: when it is to start; null = it is not scheduled. */
  nextStartAt: number | null;
  startAt: number | null;
  endAt: number | null;
  /** Milliseconds spent in RUNNING, over all attempts. */
  runTimeMs: number;
  /** When an evicted run is due to be taken up again (epoch ms); null = nothing is due. */
  wakeAt: number | null;
  /** Why it does not run now; null = it runs or has ended. */
  waiting: WaitReason | null;
  /** Keys that an earlier execution recorded and the last one no longer called (at most 100). */
  divergence: readonly string[];
  /** The run this one was forked from by `rerun`. */
  readonly rerunOf: string | null;
  /** When its client last sent a heartbeat, by the database's clock; null = its client sends no heartbeats. Set by the store. */
  readonly lastSeenAt: number | null;
  /** The session that owns it; null = none. */
  sessionId: string | null;
  /** Fencing token: grows with each claim; a write with an older one is refused. */
  token: number;
  /** Changes with each write to the row; a write names the one it was decided on. */
  revision: string;
}
