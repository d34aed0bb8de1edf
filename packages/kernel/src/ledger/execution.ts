/**
 * The ledger's port for one claimed run, under its fencing token, while its body runs.
 *
 * Its verbs are of two kinds. A queued verb is decided at once on the owner's record and written in order with the next group commit;
 * nothing of it may be shown before `committed()` has resolved. An awaited verb resolves when its transaction has committed.
 */
import type { FlowRunRecord } from '../runs/flow-run.ts';
import type { TaskRunRecord } from '../runs/task-run.ts';
import type { Proposal, Verdict } from '../transitions/proposal.ts';
import type { LogLine, ParkRequest, TaskRunInit } from './run-requests.ts';

/** The answer to a request to run a flow run that others may know of. */
export type Claim =
  /** It is this process's now. */
  | { readonly status: 'claimed'; readonly execution: Execution }
  /** It has ended; its outcome can be read. `endedHere`: by this very claim, as its process had died too often. */
  | { readonly status: 'ended'; readonly run: FlowRunRecord; readonly endedHere?: boolean }
  /** A live process holds it. */
  | { readonly status: 'held'; readonly run: FlowRunRecord }
  /** It waits, without a process, until `run.wakeAt`, a signal, or an input. */
  | { readonly status: 'parked'; readonly run: FlowRunRecord };

/** Why an execution must stop, from the weakest reason to the strongest: see `outranks`. */
export type Interrupt =
  /** Paused from outside: what is at work may end, nothing new begins, and the process is given back. */
  | { readonly kind: 'suspend' }
  | { readonly kind: 'cancel'; readonly reason: string }
  /** Another process holds the run, or the lease ran out: nothing more can be written. */
  | { readonly kind: 'lost'; readonly cause: Error };

const strengths: Readonly<Record<Interrupt['kind'], number>> = { suspend: 0, cancel: 1, lost: 2 };

/**
 * Whether an interrupt is to be delivered after another one: a suspended run can be cancelled, and any run can be lost. A
 * weaker interrupt is dropped, because a run that is being cancelled isn't suspended any more, and of one that is lost nothing
 * more can be recorded.
 */
export function outranks(next: Interrupt, delivered: Interrupt): boolean {
  return strengths[next.kind] > strengths[delivered.kind];
}

/** The children that earlier executions of this run recorded: one read, at the claim. Outcomes are not in it. */
export interface RecordedChildren {
  readonly size: number;
  /** The record under this key, and marks it as called. */
  task(replayKey: string): TaskRunRecord | undefined;
  flow(replayKey: string): FlowRunRecord | undefined;
  /** Whether the record under this key was called in this execution. */
  isCalled(replayKey: string): boolean;
  /** Whether there is a record under this key that was not called yet. */
  isOpen(replayKey: string): boolean;
  /** Whether calls of a group (see keys/replay-key.ts) on other threads than the main line were not called yet. */
  hasOpenBranch(group: string): boolean;
  /** The same of calls on unknown threads. */
  hasOpenUnknown(group: string): boolean;
  /** Whether the group has one call only, and that was not called yet. */
  isLone(group: string): boolean;
  /** A group's calls that were not called yet, as they began. */
  open(group: string): readonly (TaskRunRecord | FlowRunRecord)[];
  /** The flow run under this key was called and could not be taken up: no process runs it, so it ends with its parent. */
  notTaken(replayKey: string): void;
  /** Whether the body of the flow run has made every call again that is recorded of it. */
  readonly isCaughtUp: boolean;
  /** Keys that were recorded and not called since (at most 100). */
  uncalled(): readonly string[];
}

/** A signal as the run that took it sees it. */
export interface SignalRecord {
  readonly id: string;
  readonly name: string;
  /** Encoded payload. */
  readonly payload: string;
  readonly sentAt: number;
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
  /** Decided, and committed when it resolves. When another process changed the run, it is decided on the stored row. */
  proposeFlow(proposal: Proposal, outcome?: string | null): Promise<Verdict>;
  /** As proposeFlow, but queued: for moves whose loss costs nothing (PENDING to RUNNING). */
  queueFlow(proposal: Proposal): Verdict;
  /** Marks a queued record as changed (its fields were mutated: name, inputs, wakeAt, cacheKey). */
  touch(record: TaskRunRecord): void;
  /** Resolves when all that was queued through this execution so far is durable. Rejects with what refused it. */
  committed(): Promise<void>;
  /** The encoded outcome of a recorded run: reads are joined, blobs fetched. null = none was recorded. */
  outcome(record: TaskRunRecord | FlowRunRecord): Promise<string | null>;
  /** The completed runs below a run that an earlier execution completed, at any depth, in the order of their completion. */
  completedBelow(record: TaskRunRecord | FlowRunRecord): Promise<readonly (TaskRunRecord | FlowRunRecord)[]>;
  /** Queued, in order with the states. */
  log(lines: readonly LogLine[]): void;
  /** Records that an evicted run waits, and gives the lease back. */
  park(wait: ParkRequest): Promise<void>;
  /** The oldest signal of that name to this flow run, now consumed by this record; or the one the record has consumed already but not completed with. */
  takeSignal(record: TaskRunRecord, name: string): Promise<SignalRecord | undefined>;
  /** Called when this execution must stop, and again only for a stronger reason: see `outranks`. */
  onInterrupt(listener: (interrupt: Interrupt) => void): void;
  /** Reads the recorded children again: before a flow's retry. */
  reread(): Promise<void>;
  /** Forgets a run that has ended (or whose process gives it up); queued writes still go out. */
  release(): void;
}
