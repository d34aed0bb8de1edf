/**
 * The engine's only way to what is recorded.
 *
 * In process it is `@millrace/ledger` over a store; later a server's API. Two kinds of verbs:
 * - queued: decided at once on the holder's own record, written with the next group commit, order kept
 *   (`begin…`, `proposeTask`, `log`). Nothing may be shown to anybody before `committed()` has resolved.
 * - awaited: resolve when the transaction has committed (all others).
 * Every write of an execution carries its token. When the token is stale, `committed()` and every verb reject with
 * `StaleExecution` and the interrupt listener hears `lost`.
 */
import type {
  FlowRunPolicy,
  FlowRunRecord,
  Proposal,
  TaskRunInput,
  TaskRunKind,
  TaskRunRecord,
  Verdict,
} from '@millrace/kernel';

/** What is needed to begin a flow run. Ids and times are the engine's. */
export interface FlowRunInit {
  readonly id: string;
  readonly name: string;
  readonly flowName: string;
  readonly flowVersion: string | null;
  readonly parentFlowRunId: string | null;
  readonly parentTaskRunId: string | null;
  /** null = it is the root itself. */
  readonly rootFlowRunId: string | null;
  readonly replayKey: string | null;
  readonly idempotencyKey: string | null;
  readonly parameters: string;
  readonly tags: readonly string[];
  readonly policy: FlowRunPolicy;
  readonly rerunOf?: string | null;
}

export interface TaskRunInit {
  readonly id: string;
  readonly name: string;
  readonly kind: TaskRunKind;
  readonly parentTaskRunId: string | null;
  readonly taskKey: string;
  readonly replayKey: string;
  readonly parameters: string | null;
  readonly inputs: readonly TaskRunInput[];
  readonly tags: readonly string[];
  /** sleep, signal, pause: when it is due (epoch ms). */
  readonly wakeAt?: number | null;
}

/** What became of the wish to run a flow run that others may know of. */
export type Claim =
  /** It is this process's now. */
  | { readonly status: 'claimed'; readonly execution: Execution }
  /** It has ended; its outcome can be read. */
  | { readonly status: 'ended'; readonly run: FlowRunRecord }
  /** A live process holds it. */
  | { readonly status: 'held'; readonly run: FlowRunRecord }
  /** It is parked until `run.wakeAt`, a signal, or an input. */
  | { readonly status: 'parked'; readonly run: FlowRunRecord };

/** Why an execution must stop. */
export type Interrupt =
  | { readonly kind: 'cancel'; readonly reason: string }
  | { readonly kind: 'suspend' }
  /** Another process holds the run, or the lease ran out: nothing more can be written. */
  | { readonly kind: 'lost'; readonly cause: Error };

/** The children that earlier executions of this run recorded: one read, at the claim. Outcomes are not in it. */
export interface RecordedChildren {
  readonly size: number;
  /** The record under this key, and marks it as called. */
  task(replayKey: string): TaskRunRecord | undefined;
  flow(replayKey: string): FlowRunRecord | undefined;
  /** Keys that were recorded and not called since (at most 100). */
  uncalled(): readonly string[];
}

/** One claimed flow run (or a task run outside any flow) under its token. */
export interface Execution {
  /** The live record; null = a task run outside any flow. Mutated only through this object. */
  readonly flowRun: FlowRunRecord | null;
  readonly recorded: RecordedChildren;
  /** Queued. A fresh record in PENDING. */
  beginTaskRun(init: TaskRunInit): TaskRunRecord;
  /** Decided now and queued. `outcome` is encoded text; undefined = leave as it is. */
  proposeTask(record: TaskRunRecord, proposal: Proposal, outcome?: string | null): Verdict;
  /** Decided, and committed when it resolves. Decided again on the stored row if somebody else changed the run. */
  proposeFlow(proposal: Proposal, outcome?: string | null): Promise<Verdict>;
  /** As proposeFlow, but queued: for moves whose loss costs nothing (PENDING to RUNNING). */
  queueFlow(proposal: Proposal): Verdict;
  /** Marks a queued record as changed (its fields were mutated: name, inputs, wakeAt, cacheKey). */
  touch(record: TaskRunRecord): void;
  /** Resolves when all that was queued through this execution so far is durable. Rejects with what refused it. */
  committed(): Promise<void>;
  /** The encoded outcome of a recorded run: reads are joined, blobs fetched. null = none was recorded. */
  outcome(record: TaskRunRecord | FlowRunRecord): Promise<string | null>;
  /** Queued, in order with the states. */
  log(lines: readonly LogLine[]): void;
  /** Records that a parked run waits, and gives the lease back. */
  park(wait: ParkRequest): Promise<void>;
  /** The oldest signal of that name to this flow run, now consumed by this record; or the one the record has consumed already but not completed with. */
  takeSignal(record: TaskRunRecord, name: string): Promise<SignalRecord | undefined>;
  /** Called at most once, when this execution must stop. */
  onInterrupt(listener: (interrupt: Interrupt) => void): void;
  /** Reads the recorded children again: before a flow's retry. */
  reread(): Promise<void>;
  /** Forgets a run that has ended (or whose process gives it up); queued writes still go out. */
  release(): void;
}

export interface ParkRequest {
  readonly proposal: Proposal;
  readonly wakeAt: number | null;
}

export interface LogLine {
  readonly flowRunId: string | null;
  readonly taskRunId: string | null;
  /** Python's numbers: 10 debug, 20 info, 30 warning, 40 error, 50 critical. */
  readonly level: number;
  readonly logger: string;
  readonly message: string;
  readonly at: number;
}

export interface SignalRecord {
  readonly id: string;
  readonly name: string;
  /** Encoded payload. */
  readonly payload: string;
  readonly sentAt: number;
}

export interface SlotRequest {
  /** All of them, or none. */
  readonly names: readonly string[];
  readonly occupy: number;
  readonly mode: 'concurrency' | 'rate';
  /** Who holds it, for people and for the sweep: a run's id. */
  readonly holderId: string;
}

export type SlotAnswer =
  | { readonly status: 'granted'; readonly leaseId: string }
  | {
      readonly status: 'full';
      readonly name: string;
      readonly retryAfterMs: number;
      readonly heldBy: readonly string[];
    }
  /** None of the names has a limit: nothing to hold. */
  | { readonly status: 'unlimited' };

export type CacheAnswer =
  | { readonly status: 'hit'; readonly outcome: string; readonly taskRunId: string | null }
  /** This caller computes it; others wait. */
  | { readonly status: 'claimed'; readonly leaseId: string }
  /** Somebody else computes it. */
  | { readonly status: 'busy' };

export interface Limits {
  acquire(request: SlotRequest): Promise<SlotAnswer>;
  release(leaseId: string): Promise<void>;
  set(limit: {
    readonly name: string;
    readonly limit: number;
    readonly slotDecayPerSecond?: number;
    readonly active?: boolean;
  }): Promise<void>;
  get(name: string): Promise<LimitView | undefined>;
  list(page?: PageRequest): Promise<readonly LimitView[]>;
  remove(name: string): Promise<boolean>;
}

export interface LimitView {
  readonly name: string;
  readonly limit: number;
  readonly active: boolean;
  readonly slotDecayPerSecond: number;
  /** Counted from rows. */
  readonly occupied: number;
  readonly heldBy: readonly string[];
}

export interface Cache {
  /** A hit, or the right to compute it (one holder a key, over all processes). `refresh` skips the look-up. */
  claim(key: string, options: { readonly holderId: string; readonly refresh: boolean }): Promise<CacheAnswer>;
  /** Writes the value and gives the claim back, in one transaction. */
  put(entry: {
    readonly key: string;
    readonly leaseId: string;
    readonly outcome: string;
    readonly taskRunId: string | null;
    readonly expiresAt: number | null;
  }): Promise<void>;
  /** Gives the claim back without a value. */
  release(leaseId: string): Promise<void>;
  get(key: string): Promise<string | undefined>;
  remove(key: string): Promise<boolean>;
}

export interface PageRequest {
  readonly limit?: number;
  /** The last id of the page before; absent = from the newest. */
  readonly after?: string;
}

export interface FlowRunFilter extends PageRequest {
  readonly flowName?: string;
  readonly stateTypes?: readonly string[];
  readonly stateNames?: readonly string[];
  readonly tags?: readonly string[];
  readonly parentFlowRunId?: string | null;
  readonly rootFlowRunId?: string;
  readonly idempotencyKey?: string;
  readonly name?: string;
}

export interface TaskRunFilter extends PageRequest {
  readonly flowRunId?: string;
  readonly rootFlowRunId?: string;
  readonly parentTaskRunId?: string;
  readonly taskKey?: string;
  readonly stateTypes?: readonly string[];
  readonly tags?: readonly string[];
}

/** Reading and moving runs from outside: the CLI, handles, `resume`, `rerun`. Ids may be given as unique prefixes. */
export interface Runs {
  flowRun(id: string): Promise<FlowRunRecord | undefined>;
  taskRun(id: string): Promise<TaskRunRecord | undefined>;
  flowRuns(filter: FlowRunFilter): Promise<readonly FlowRunRecord[]>;
  taskRuns(filter: TaskRunFilter): Promise<readonly TaskRunRecord[]>;
  /** Counts by state type (and name), for wide maps. */
  countTaskRuns(
    filter: TaskRunFilter,
  ): Promise<
    readonly { readonly taskKey: string; readonly type: string; readonly name: string; readonly count: number }[]
  >;
  outcome(record: FlowRunRecord | TaskRunRecord): Promise<string | null>;
  logs(filter: {
    readonly flowRunId?: string;
    readonly rootFlowRunId?: string;
    readonly taskRunId?: string;
    readonly minLevel?: number;
    readonly after?: number;
    readonly limit?: number;
  }): Promise<readonly (LogLine & { readonly sequence: number })[]>;
  /** A proposal from outside (cancel, resume). */
  propose(flowRunId: string, proposal: Proposal): Promise<Verdict>;
  sendSignal(
    flowRunId: string,
    signal: { readonly name: string; readonly payload: string; readonly idempotencyKey?: string },
  ): Promise<void>;
  /** A new run with the completed children that ended before the first run of `from` began; absent = none. */
  fork(
    flowRunId: string,
    options: { readonly id: string; readonly name: string; readonly from?: string; readonly parameters?: string },
  ): Promise<FlowRunRecord>;
  /** The run, its children and all that hangs on them. Refused while a live process holds it. */
  remove(flowRunId: string): Promise<boolean>;
}

export interface Artifacts {
  put(artifact: ArtifactInput): Promise<string>;
  update(id: string, data: string): Promise<void>;
  list(
    filter: PageRequest & { readonly key?: string; readonly flowRunId?: string },
  ): Promise<readonly ArtifactRecord[]>;
}
export interface ArtifactInput {
  readonly id: string;
  readonly key: string | null;
  readonly type: 'markdown' | 'table' | 'link' | 'progress' | 'image';
  readonly description: string | null;
  readonly data: string;
  readonly flowRunId: string | null;
  readonly taskRunId: string | null;
}
export interface ArtifactRecord extends ArtifactInput {
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Variables {
  get(name: string): Promise<string | undefined>;
  /** False when it exists and `overwrite` is false. `value` is encoded. */
  set(variable: {
    readonly name: string;
    readonly value: string;
    readonly tags: readonly string[];
    readonly overwrite: boolean;
  }): Promise<boolean>;
  remove(name: string): Promise<boolean>;
  list(
    page?: PageRequest,
  ): Promise<readonly { readonly name: string; readonly value: string; readonly tags: readonly string[] }[]>;
}

/** What the sweep of a process did. */
export interface Sweep {
  /** Runs of dead processes, marked Crashed because nobody serves their flow. */
  readonly crashed: readonly string[];
}

export interface Ledger {
  readonly runs: Runs;
  readonly limits: Limits;
  readonly cache: Cache;
  readonly artifacts: Artifacts;
  readonly variables: Variables;
  /** Queued: a run that nobody else can know of. The record is PENDING. */
  beginFlowRun(init: FlowRunInit): Execution;
  /** Queued: for a task called outside any flow. */
  beginStandalone(): Execution;
  /** The run of (flow, idempotency key), made if there is none. */
  claimByKey(init: FlowRunInit & { readonly idempotencyKey: string }): Promise<Claim>;
  /** Takes up a run: an orphan, a parked one that is due, a child of the run that this process holds; with `move`, one that has ended. */
  claimById(flowRunId: string, move?: 'resume' | 'retry' | 'recover'): Promise<Claim>;
  /** Outermost runs of these flows that want a process: orphaned, due, signalled, resumed. Oldest first. */
  claimable(flowNames: readonly string[], limit: number): Promise<readonly FlowRunRecord[]>;
  /** Tells other sessions which flows this process serves (so that orphans wait for it). */
  announce(flowNames: readonly string[]): Promise<void>;
  /** Expired sessions: frees their slots and cache claims; marks Crashed what nobody serves. Each by lease; N processes are safe. */
  sweep(): Promise<Sweep>;
  /** Hints that something changed: same process at once, others by notification or polling. Never the only source. */
  watch(listener: () => void): { close(): void };
  /** All that is queued, durable. */
  flush(): Promise<void>;
  /** Ends the session. */
  close(): Promise<void>;
}
