/**
 * The ledger: the engine's only port to the record. In process it is `@millrace/ledger` over a store; later the API of a server.
 *
 * Every write of an execution carries its fencing token. If the token is stale, `committed()` and every verb reject with `StaleExecution`,
 * and the interrupt listener is called with `lost`.
 */
import type { FlowRunRecord } from '../runs/flow-run.ts';
import type { StartMove } from '../transitions/move-for.ts';
import type { Cache, Limits } from './coordination.ts';
import type { Claim, Execution } from './execution.ts';
import type { Artifacts, Variables } from './records.ts';
import type { FlowRunInit } from './run-requests.ts';
import type { Runs } from './runs.ts';

/** The runs that a sweep of a process ended. */
export interface Sweep {
  /** Flow runs without a process for longer than the grace, marked Crashed because no process serves their flow. */
  readonly crashed: readonly string[];
  /** Flow runs that were being cancelled when their process died: Cancelled now. */
  readonly cancelled: readonly string[];
  /** Flow runs whose pause is past its timeout and whose flow no process serves: Failed now. */
  readonly failed: readonly string[];
  /** Task runs outside any flow whose process died, marked Crashed after the grace: they can't be taken up. */
  readonly crashedTaskRuns: readonly string[];
}

/** Options of a sweep. */
export interface SweepOptions {
  /** How long after the end of its lease a run is left alone, in milliseconds; default: the ledger's grace. */
  readonly olderThanMs?: number;
}

/** Why and how a process hands its runs over before it ends. */
export interface HandOver {
  /** Recorded on a run that no process would take up. */
  readonly message: string;
  /** This process takes up runs of the flow when it is started again. */
  readonly isServed: boolean;
}

/**
 * The state in which an ending process left a run. `left`: as it was recorded, to be taken up at once. `stopped`: Crashed, because it has
 * no key and no process serves its flow; a resume goes on with it. `gone`: it has ended, or another process holds it.
 */
export type HandedOver = 'left' | 'stopped' | 'gone';

/** The extent of a commit's changes: rows of this process's own runs and no more, or anything (a signal, a request, others' runs). */
export type CommitNotification = 'own-rows' | 'anything';

/** Encoded values that are too large for a row. `outcome()` of runs and executions, and the cache, fetch by themselves. */
interface LargeValues {
  /** Text of more characters goes through `offload` before it is proposed as an outcome or given as parameters. */
  readonly textMax: number;
  /**
   * The text to record: itself when it is short, else a reference, once the text is durable.
   * Rejects with BlobUnavailable or StoreFull: a later try may succeed.
   */
  offload(text: string, owner: { readonly runId: string }): Promise<string>;
  /** The text behind a reference; any other text as it is. Rejects with BlobMissing, BlobDamaged or BlobUnavailable. */
  fetch(text: string, owner: { readonly runId: string }): Promise<string>;
}

/** The record of all runs, as one process works with it. */
export interface Ledger {
  readonly blobs: LargeValues;
  readonly runs: Runs;
  readonly limits: Limits;
  readonly cache: Cache;
  readonly artifacts: Artifacts;
  readonly variables: Variables;
  /**
   * Queued: a run that no other process can know of. The record is PENDING. Throws ConfigurationError for one with an
   * idempotency key: `claimByKey` makes these.
   */
  beginFlowRun(init: FlowRunInit): Execution;
  /** Queued: for a task called outside any flow. */
  beginStandalone(): Execution;
  /** The run of (flow, idempotency key), made if there is none. */
  claimByKey(init: FlowRunInit & { readonly idempotencyKey: string }): Promise<Claim>;
  /** Takes up a run: an orphan, a waiting one that is due, a child of the run that this process holds; with `move`, one that has ended. */
  claimById(flowRunId: string, move?: StartMove): Promise<Claim>;
  /** Hands over an outermost flow run whose bodies run here no more, before this process ends. No crash is counted. */
  handOver(flowRunId: string, how: HandOver): Promise<HandedOver>;
  /**
   * Outermost runs of these flows that want a process: orphaned, due, signalled, resumed, enqueued. Oldest first. With `lost`, also
   * those that a sweep ended as Crashed within the last days because no process served their flow.
   */
  claimable(
    flowNames: readonly string[],
    limit: number,
    options?: { readonly lost?: boolean },
  ): Promise<readonly FlowRunRecord[]>;
  /** Announces to other sessions which flows this process serves, so that orphans wait for it. */
  announce(flowNames: readonly string[]): Promise<void>;
  /**
   * Frees the slots and cache claims of dead sessions, and ends what is without a process for longer than the grace and no process
   * serves. Only a process that serves calls it, or a person. At most a page of each: again until it ends nothing for all.
   */
  sweep(options?: SweepOptions): Promise<Sweep>;
  /** Notifies that something changed: same process at once, others by notification or polling. Never the only source. */
  watch(listener: (notification: CommitNotification) => void): { close(): void };
  /** All that is queued, durable. */
  flush(): Promise<void>;
  /** Ends the session while nothing is held, so that a process that is about to end leaves none. The next run begins another. */
  rest(): Promise<void>;
  /** Ends the session. */
  close(): Promise<void>;
}
