/**
 * The interfaces of the engine's nouns: runtime, engine, run, scope, tree, frame. They are in one file because they refer to each other;
 * each has its class in the file of its name.
 */
import type { BodyCalls } from './body-calls.ts';
import type { FlowRunRecord, State, TaskRunRecord } from '@millrace/kernel';
import type { RunView } from '../definitions/run-context.ts';
import type { Body, FlowDefinition, TaskDefinition } from '../definitions/definition.ts';
import type { Execution } from '@millrace/kernel';
import type { Isolator } from './isolator.ts';
import type { RuntimePort, StartOptions } from './runtime.ts';

/** The runtime of user code: see runtime.ts. */
export interface Runtime extends RuntimePort<Run, Frame, Engine> {}

/** The local runtime, as seen by the code that records and executes runs. */
export interface Engine extends Runtime {
  readonly engine: Engine;
  readonly isolator: Isolator<Frame> | null;
  readonly parkAfterMs: number;
  readonly idleTreesMax: number;
  /** Trees that only wait and are in memory still. */
  readonly idleTrees: Set<Tree>;
  /** Whether a caller waits for the engine to be idle. */
  readonly isResting: boolean;
  /** Calls back once no caller waits for the engine to be idle. */
  onceWorking(callback: () => void): void;
  /** The function that is called for a task: its body, or a double. */
  readonly bodyOf: (definition: TaskDefinition) => Body;
  /** Outermost runs that have not settled. */
  readonly roots: ReadonlySet<Run>;
  /** Why the process is about to end; null = it is not. */
  readonly stopping: Stopping | null;
  /** Evictions of trees that are not recorded yet. */
  readonly parkings: ReadonlySet<Promise<void>>;
  /** A run may have come to rest: see `atRest`. */
  rested(): void;
  readonly runPoller: { hasServed(flowName: string): boolean; goOn(flowRunId: string): void };
  readonly unhandled: { reportServed(run: Run): void };
  /** Whether the ledger has been opened. */
  readonly isOpen: boolean;
  submit(run: Run): void;
  /** Ends a run that could not begin, as its scope takes no more. */
  refuse(run: Run, error: unknown): void;
  /** Starts a run that was made for its caller. */
  begin(run: Run, options: StartOptions): void;
  cancel(run: Run, reason: string, graceMs?: number): void;
  /** Resolves when every outermost run (that is concerned) has ended, sleeps, or is remote. */
  atRest(isConcerned?: (run: Run) => boolean): Promise<void>;
  /** Whether this process took the run up as one that serves its flow. */
  isServed(run: Run): boolean;
  /** Waits as a run that is remote meanwhile. */
  waitRemotely(run: Run, wait: Promise<void>): Promise<void>;
  /** Forgets a run that sleeps or is remote: a process that serves its flow wakes it. */
  letGo(run: Run): void;
  park(tree: Tree): void;
  /** Calls back once, when the evicted run is due, signalled or resumed. */
  wakeLater(flowRunId: string, wakeAt: number | null, goOn: () => void): void;
}

export type Settlement = 'pending' | 'completed' | 'failed';

/** An end of a body that comes from outside. */
export type Abandonment =
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'lost'; readonly cause: Error }
  | { readonly kind: 'evicted' }
  | { readonly kind: 'refused'; readonly error: Error };

/** The position at which a call was made. */
export interface CallPosition {
  /** Its logical thread (see runs/thread.ts). */
  readonly thread: string;
  /** Its number among the calls of its thread whose keys are made later than the calls. */
  readonly turn?: string;
}

/** The process is stopping: how `engine/shutdown.ts` treats its runs. */
export interface Stopping {
  /** Outermost calls that come now are cancelled; else they are refused with the cause. */
  readonly cancels: boolean;
  readonly reason: string;
  readonly cause: Error;
}

/** A call of a task or a flow, from the call to its settlement. Only the methods of a run write it. */
export type Run = TaskRun | FlowRun;

export interface TaskRun extends RunOf<TaskDefinition, TaskRunRecord> {
  readonly kind: 'task';
}

export interface FlowRun extends RunOf<FlowDefinition, FlowRunRecord> {
  readonly kind: 'flow';
}

/** The common part of the runs of tasks and flows. */
interface RunOf<TDefinition, TRecord> extends RunRecorded<TRecord>, RunLifecycle, RunActivity {
  /** The runtime that its caller called. */
  readonly runtime: Runtime;
  /** The engine that records and executes it. @throws Error for a proxy, whose run belongs to another process */
  readonly engine: Engine;
  readonly definition: TDefinition;
  /** The frame of the call; null = from outside any run. */
  readonly caller: Frame | null;
  /** How many runs are above it. */
  readonly depth: number;
  /** The tree of the outermost run, shared by all below it. */
  readonly tree: Tree;
  readonly args: readonly unknown[] | null;
  /** Its index among the runs of a map; -1 = no map. */
  readonly element: number;
  /** The position of its call, if it was taken before the key is made (see runs/call-position.ts); else null. */
  readonly at: CallPosition | null;
  locate(at: CallPosition): void;
  /** The same for a run of a map. */
  locateInMap(at: CallPosition, element: number): void;
  /** While its thread is looked at again: code that awaits the run has to go through this. */
  readonly looking: Promise<void> | null;
  lookAgain(looking: Promise<void> | null): void;
}

/** Its record, and the values that are shown without one. */
interface RunRecorded<TRecord> {
  readonly id: string;
  readonly name: string;
  readonly state: State;
  readonly record: TRecord | null;
  /** The enclosing flow run's execution for a task, its own for a flow; null before it began and after it settled. */
  readonly execution: Execution | null;
  /** The view of a run of another process; null = it is one of this process. */
  readonly shown: RunView | null;
  /** The cache key under which this run's value was found; null = it was computed. */
  readonly cacheHit: string | null;
  identify(id: string): void;
  /** @throws TypeError for a record of the other kind */
  attach(record: TaskRunRecord | FlowRunRecord): void;
  joinExecution(execution: Execution | null): void;
  showState(state: State): void;
  /** Shows a run of another process as this one. */
  show(view: RunView): void;
  findInCache(key: string | null): void;
}

/** From its call to its settlement. */
interface RunLifecycle {
  readonly settlement: Settlement;
  /** The value, or the error. */
  readonly value: unknown;
  /** Whether its end was observed. */
  readonly observed: boolean;
  readonly cancelRequest: { readonly reason: string } | null;
  readonly timedOut: boolean;
  /** Why nothing more of it can be recorded here; null = it can. */
  readonly lostBy: Error | null;
  /** Why the run fails whatever its body does: a replay below it is ambiguous. */
  readonly refusedBy: Error | null;
  /** Aborted with the reason when the run is cancelled, timed out or lost. */
  readonly signal: AbortSignal;
  readonly aborted: boolean;
  readonly hasSignalListeners: boolean;
  /** Whether it has its final id: see `identified`. */
  readonly isIdentified: boolean;
  /** Whether an ending process has handed it over: it settles here no more. */
  readonly isHandedOver: boolean;
  /** The first request counts. */
  requestCancel(request: { readonly reason: string }): void;
  timeOut(error: Error): void;
  /** Nothing more of it is recorded here: its body ends. The first cause counts. */
  leaseLost(cause: Error): void;
  refuse(error: Error): void;
  /** A new attempt starts with a fresh signal and a time of its own. */
  startAttempt(): void;
  abort(reason: unknown): void;
  onAbort(listener: (reason: unknown) => void): { remove(): void };
  /** Cancelled or lost, also after its signal fired for something else. */
  stop(): void;
  onStop(listener: () => void): { remove(): void };
  settle(settlement: 'completed' | 'failed', value: unknown): void;
  settled(): Promise<void>;
  onSettled(listener: () => void): void;
  offSettled(listener: () => void): void;
  identified(): Promise<void>;
  markIdentified(): void;
  markHandedOver(): void;
  /** Resolves once it has settled, or is handed over. */
  over(): Promise<void>;
  observe(): void;
}

/** The activity of its body. */
interface RunActivity {
  /** The scope of the body that runs now. */
  readonly scope: Scope | null;
  /** The groups of runs whose settlement this run's body awaits now. */
  readonly waitingOn: ReadonlySet<readonly Run[]> | null;
  /** Lines that its replayed body is expected to log again; null = it is not replayed, or has caught up. */
  readonly repeated: RepeatedLines | null;
  /** The items of a generator, or of a run that is iterated; else null. */
  readonly stream: ItemStream | null;
  /** It waits for its turn among the runs of a map. */
  readonly isQueued: boolean;
  /** Whether it does nothing but wait. */
  readonly isIdle: boolean;
  /** Whether it was evicted: the actions of its old body have no effect. */
  readonly isEvicted: boolean;
  /** Whether it only waits for a run that no body here is at work on. */
  readonly isRemote: boolean;
  /** Another process, or another call of its key, owns it: its end is read from its record. */
  readonly isJoined: boolean;
  /** Whether it has no body in this process: it is evicted or remote. */
  readonly hasNoBody: boolean;
  enterScope(scope: Scope): void;
  /** Ends the body from outside (timed out, grace over, evicted), while there is one that can be. */
  abandon(outcome: Abandonment): void;
  onAbandon(listener: ((outcome: Abandonment) => void) | null): void;
  /** The body waits for these runs too, until the function that is returned is called. */
  waitOn(runs: readonly Run[]): () => void;
  repeatLines(lines: RepeatedLines | null): void;
  streamInto(stream: ItemStream): void;
  queue(): void;
  leaveQueue(): void;
  markRemote(isRemote: boolean): void;
  markJoined(isJoined: boolean): void;
  enterIdle(): void;
  leaveIdle(): void;
  evict(): void;
  revive(): void;
}

/** The items that a generator has yielded, and its iterations. */
export interface ItemStream {
  /** The items of the present attempt. */
  items: readonly unknown[];
  /** The number of open iterations. */
  readers: number;
  /** Whether all iterations have stopped. */
  readonly isLeft: boolean;
  /** Wakes the iterations. */
  changed(): void;
  /** Resolves when there are more than so many items, or the run has settled. */
  longerThan(count: number, run: Run): Promise<void>;
}

/** Recorded lines of a body that is called again: see execution/repeated-lines.ts. */
export interface RepeatedLines {
  /** Whether the line is a repetition, which is counted. */
  takes(level: number, message: string): boolean;
}

/** The runs that a body started. */
export interface Scope {
  readonly open: ReadonlySet<Run>;
  /** Whether nothing is open and nothing is about to join. */
  readonly isEmpty: boolean;
  /** Failed children whose failure was not observed, in the order they failed. */
  readonly unobserved: ReadonlySet<Run>;
  /** Whether the body has ended and only children are awaited. */
  closing: boolean;
  /** Why later children are cancelled at once; null = they are not. */
  stopped: string | null;
  /** Whether its body was evicted. */
  readonly isEvicted: boolean;
  /** @throws the reason why the scope is closed: a body that ended, or was abandoned, starts nothing more */
  requireOpen(): void;
  join(run: Run): void;
  /** Keeps the scope from being empty, because runs are about to join; call the returned function when they have. */
  hold(): () => void;
  childSettled(run: Run): void;
  /** Removes a child of an inner `scope()` of the body, which reports its end. */
  childLeft(run: Run): void;
  childObserved(run: Run): void;
  idle(): Promise<void>;
  cancelAll(reason: string): void;
  close(why?: Error | string): void;
  /** Calls the listener if the body is abandoned while it still runs. The last one added is called first. */
  onAbandoned(listener: AbandonListener): { remove(): void };
  /** Abandons the body; resolves when all listeners have finished. */
  abandon(how: { readonly continues: boolean }): Promise<void>;
}

/**
 * Releases the resources of an abandoned body, because its end is not awaited any more.
 *
 * @param how `continues`: the run will be taken up as it is recorded; else the attempt is over
 */
export type AbandonListener = (how: { readonly continues: boolean }) => Promise<void>;

/** An outermost run and all below it. */
export interface Tree {
  readonly root: Run;
  unsettled: number;
  idle: number;
  held: number;
  staysAwake: boolean;
  /** Paused from outside: nothing new starts in it, and it is evicted as soon as it makes no progress. */
  isSuspended: boolean;
  /** Called when an evicted body of it does something; null = it is not evicted. */
  onStir: (() => void) | null;
  /** Calls that can't be told apart are matched in their recorded order. */
  trustsOrder: boolean;
  readonly waits: Map<Run, number | null>;
  readonly wakeAt: number | null;
  /** Whether it only waits for recorded waits that are not over soon. */
  readonly waitsLong: boolean;
  changed(): void;
  reset(): void;
}

/** The right of a body to run: given back while the body waits, and taken again after the wait. */
export interface Permit {
  /** Called when the body starts to wait for something of the engine. */
  suspend(runs?: readonly Run[]): void;
  /** Called when a wait is over; resolves when the body may continue. */
  resume(runs?: readonly Run[]): Promise<void> | undefined;
}

/** The permit of one run, for its start and for its body: see runs/run-permit.ts. */
export interface RunPermit extends Permit {
  /** Undefined if it was free at once. */
  take(): Promise<void> | undefined;
  takeWork(): Promise<void> | undefined;
  bodyEnded(): void;
  settled(): void;
}

/** The part of a call that its transaction hooks need. Kept only for tasks with hooks, because a transaction may have many members. */
export interface KnownCall {
  readonly args: readonly unknown[];
  /** Encoded; null = they could not be recorded. */
  readonly parameters: string | null;
  /** The value of the body if it is not recorded; null = it is recorded. */
  readonly value: { readonly unrecorded: unknown } | null;
}

/** The tasks that completed in a transaction, at any depth. */
export interface TransactionScope {
  /** A run completed within the transaction. */
  joined(run: Run, known: KnownCall | null): void;
  /** A run was found completed by an earlier execution, with all runs below it: their bodies are not called again. */
  found(run: Run, known: KnownCall | null): Promise<void>;
  /** The encoded value that its commit will store under this cache key; null = one that can't be read. */
  staged(key: string): Promise<string | null> | undefined;
  /** Whether another run within it computes the value of this cache key. */
  isComputing(key: string, run: Run): boolean;
  computes(key: string, run: Run): void;
}

/** The context of a piece of running user code. */
export interface Frame {
  readonly runtime: Runtime;
  readonly run: Run;
  readonly scope: Scope;
  /** The nearest flow run's frame; null = a task outside any flow. */
  readonly flow: FlowFrame | null;
  /** Distinguishes the children of one body from those of another: '' for a flow, task run and attempt for a task. */
  readonly childScope: string;
  readonly calls: BodyCalls;
  /** The thread of a block of an isolated body that this code is in (see runs/thread.ts); default: the main line. */
  readonly baseThread?: string;
  /** The thread of calls in this code, if it was taken in the worker of an isolated body. */
  readonly fixedThread?: string;
  readonly tags: readonly string[];
  readonly logPrints: boolean;
  readonly transaction: TransactionScope | null;
  /** The permit of this body; null = it has none. */
  readonly permit: Permit | null;
}

/** Shared by all bodies of one flow run. */
export interface FlowFrame {
  readonly run: FlowRun;
  readonly permits: { permit(): RunPermit };
  readonly parameters: Readonly<Record<string, unknown>>;
}
