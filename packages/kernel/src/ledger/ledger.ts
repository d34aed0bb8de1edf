/**
 * The engine's only way to what is recorded. In process it is `@millrace/ledger` over a store; later a server's API.
 *
 * Every write of an execution carries its token. When the token is stale, `committed()` and every verb reject with
 * `StaleExecution` and the interrupt listener hears `lost`.
 */
import type { FlowRunRecord } from '../runs/flow-run.ts';
import type { Cache, Limits } from './coordination.ts';
import type { Claim, Execution } from './execution.ts';
import type { Artifacts, Variables } from './records.ts';
import type { FlowRunInit } from './run-requests.ts';
import type { Runs } from './runs.ts';

/** What the sweep of a process did. */
export interface Sweep {
  /** Runs of dead processes, marked Crashed because nobody serves their flow. */
  readonly crashed: readonly string[];
  /** Task runs outside any flow whose process died, marked Crashed: nobody could take them up. */
  readonly crashedTaskRuns: readonly string[];
}

/** What a commit may have changed: rows of this process's own runs and no more, or anything (a signal, a request, others' runs). */
export type CommitHint = 'own-rows' | 'anything';

/** Encoded values that are too large for a row. `outcome()` of runs and executions, and the cache, fetch by themselves. */
interface LargeValues {
  /** Text of more characters goes through `offload` before it is proposed as an outcome or given as parameters. */
  readonly textMax: number;
  /**
   * What is recorded in the text's place: itself when it is short, else a reference, once the text is durable.
   * Rejects with BlobUnavailable or StoreFull: a later try may succeed.
   */
  offload(text: string, owner: { readonly runId: string }): Promise<string>;
  /** The text behind a reference; any other text as it is. Rejects with BlobMissing, BlobDamaged or BlobUnavailable. */
  fetch(text: string, owner: { readonly runId: string }): Promise<string>;
}

/** What is recorded, as one process works with it. */
export interface Ledger {
  readonly blobs: LargeValues;
  readonly runs: Runs;
  readonly limits: Limits;
  readonly cache: Cache;
  readonly artifacts: Artifacts;
  readonly variables: Variables;
  /**
   * Queued: a run that nobody else can know of. The record is PENDING. Throws ConfigurationError for one with an
   * idempotency key: `claimByKey` makes these.
   */
  beginFlowRun(init: FlowRunInit): Execution;
  /** Queued: for a task called outside any flow. */
  beginStandalone(): Execution;
  /** The run of (flow, idempotency key), made if there is none. */
  claimByKey(init: FlowRunInit & { readonly idempotencyKey: string }): Promise<Claim>;
  /** Takes up a run: an orphan, a parked one that is due, a child of the run that this process holds; with `move`, one that has ended. */
  claimById(flowRunId: string, move?: 'resume' | 'retry' | 'rerun' | 'recover'): Promise<Claim>;
  /** Outermost runs of these flows that want a process: orphaned, due, signalled, resumed. Oldest first. */
  claimable(flowNames: readonly string[], limit: number): Promise<readonly FlowRunRecord[]>;
  /** Tells other sessions which flows this process serves (so that orphans wait for it). */
  announce(flowNames: readonly string[]): Promise<void>;
  /** Expired sessions: frees their slots and cache claims; marks Crashed what nobody serves. Each by lease; N processes are safe. */
  sweep(): Promise<Sweep>;
  /** Hints that something changed: same process at once, others by notification or polling. Never the only source. */
  watch(listener: (hint: CommitHint) => void): { close(): void };
  /** All that is queued, durable. */
  flush(): Promise<void>;
  /** Ends the session while nothing is held, so that a process that is about to end leaves none. The next run begins another. */
  rest(): Promise<void>;
  /** Ends the session. */
  close(): Promise<void>;
}
