/**
 * The nouns of the engine and what they know of each other: runtime, engine, run, scope, tree, frame. Interfaces only, in one place,
 * as they refer to each other; each has its class in the file of its name.
 */
import type { BodyCalls } from './body-calls.ts';
import type { FlowRunRecord, State, TaskRunRecord } from '@millrace/kernel';
import type { RunView } from '../definitions/run-context.ts';
import type { Body, FlowDefinition, TaskDefinition } from '../definitions/definition.ts';
import type { Execution } from '@millrace/kernel';
import type { Isolator } from './isolator.ts';
import type { RuntimePort, StartOptions } from './runtime.ts';

/** What user code calls, whatever runs it: see runtime.ts. */
export interface Runtime extends RuntimePort<Run, Frame, Engine> {}

/** The local runtime, as what records and executes runs knows it. */
export interface Engine extends Runtime {
  readonly engine: Engine;
  readonly isolator: Isolator<Frame> | null;
  readonly parkAfterMs: number;
  readonly residentMax: number;
  /** Trees that only wait and are in memory still. */
  readonly residents: Set<Tree>;
  /** Whether somebody waits for it to be at rest. */
  readonly isResting: boolean;
  /** Calls back when nobody waits for it to be at rest (any more). */
  onceWorking(callback: () => void): void;
  /** What is called for a task: its body, or a double. */
  readonly bodyOf: (definition: TaskDefinition) => Body;
  /** Outermost runs that have not settled. */
  readonly roots: ReadonlySet<Run>;
  /** Why the process is about to end; null = it is not. */
  readonly stopping: Stopping | null;
  /** Trees that are parked, and it is not recorded yet. */
  readonly parkings: ReadonlySet<Promise<void>>;
  /** A run may have come to rest: see `atRest`. */
  rested(): void;
  readonly waker: { hasServed(flowName: string): boolean; goOn(flowRunId: string): void };
  readonly unheard: { tellServed(run: Run): void };
  /** Whether the ledger has been opened. */
  readonly isOpen: boolean;
  adopt(run: Run): void;
  /** Ends a run that could not begin, as its scope takes no more. */
  refuse(run: Run, error: unknown): void;
  /** Starts a run that was made for its caller. */
  begin(run: Run, options: StartOptions): void;
  cancel(run: Run, reason: string, graceMs?: number): void;
  /** Resolves when every outermost run (that is concerned) has ended, is asleep, or is elsewhere. */
  atRest(isConcerned?: (run: Run) => boolean): Promise<void>;
  /** Whether this process took the run up as one that serves its flow. */
  isServed(run: Run): boolean;
  /** Waits as a run that is elsewhere meanwhile. */
  elsewhere(run: Run, wait: Promise<void>): Promise<void>;
  /** Forgets a run that is asleep or elsewhere: whoever serves its flow wakes it. */
  letGo(run: Run): void;
  park(tree: Tree): void;
  /** Calls back once, when the parked run is due, signalled or resumed. */
  wakeLater(flowRunId: string, wakeAt: number | null, goOn: () => void): void;
}

export type Settlement = 'pending' | 'completed' | 'failed';

/** How a body ends when it isn't by itself. */
export type Abandonment =
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'lost'; readonly cause: Error }
  | { readonly kind: 'evicted' }
  | { readonly kind: 'refused'; readonly error: Error };

/** Where a call was made. */
export interface CallPosition {
  /** Its logical thread (see runs/thread.ts). */
  readonly thread: string;
  /** Where it is among the calls of its thread that are named later than they were made. */
  readonly turn?: string;
}

/** The process was told to stop: what `engine/shutdown.ts` does with its runs. */
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

/** What the runs of tasks and of flows have in common. */
interface RunOf<TDefinition, TRecord> extends RunRecorded<TRecord>, RunLifecycle, RunActivity {
  /** What its caller called. */
  readonly runtime: Runtime;
  /** What records and executes it. @throws Error for a proxy, whose run belongs to another process */
  readonly engine: Engine;
  readonly definition: TDefinition;
  /** Where it was called; null = from outside any run. */
  readonly caller: Frame | null;
  /** How many runs are above it. */
  readonly depth: number;
  /** The outermost run's, shared by all below it. */
  readonly tree: Tree;
  readonly args: readonly unknown[] | null;
  /** Which of a map's runs it is; -1 = of none. */
  readonly element: number;
  /** Where it was called, if that was looked at before it is named (see runs/call-position.ts); null = where it is named. */
  readonly at: CallPosition | null;
  locate(at: CallPosition): void;
  /** The run is one of a map's. */
  locateInMap(at: CallPosition, element: number): void;
  /** While its thread is looked at again: code that awaits the run has to go through this. */
  readonly looking: Promise<void> | null;
  lookAgain(looking: Promise<void> | null): void;
}

/** Its record, and what is shown where it has none. */
interface RunRecorded<TRecord> {
  readonly id: string;
  readonly name: string;
  readonly state: State;
  readonly record: TRecord | null;
  /** The enclosing flow run's execution for a task, its own for a flow; null before it began and after it settled. */
  readonly execution: Execution | null;
  /** What to show of a run of another process; null = it is one of this process. */
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
  /** Whether any code looked at how it ended. */
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
  /** Whether it has an id that stays: see `begun`. */
  readonly isIdentified: boolean;
  /** Whether an ending process has handed it over: it settles here no more. */
  readonly isHandedOver: boolean;
  /** The first request counts. */
  requestCancel(request: { readonly reason: string }): void;
  timeOut(error: Error): void;
  /** Nothing more of it is recorded here: its body ends, and the first cause counts. */
  leaseLost(cause: Error): void;
  refuse(error: Error): void;
  /** A new attempt begins with a signal that has not fired, and in its own time. */
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

/** What its body does now. */
interface RunActivity {
  /** The scope of the body that runs now. */
  readonly scope: Scope | null;
  /** The groups of runs whose settlement this run's body awaits now. */
  readonly waitingOn: ReadonlySet<readonly Run[]> | null;
  /** Lines that its body is expected to log again, as it is replayed; null = it is not, or has caught up. */
  readonly repeated: RepeatedLines | null;
  /** Of a generator, or of a run that code iterates; null = of none. */
  readonly stream: ItemStream | null;
  /** It waits for its turn among the runs of a map. */
  readonly isQueued: boolean;
  /** Whether it does nothing but wait. */
  readonly isIdle: boolean;
  /** Whether it was evicted: nothing that its present body does counts. */
  readonly isEvicted: boolean;
  /** Whether it only waits for a run that no body here is at work on. */
  readonly isRemote: boolean;
  /** Another process, or another call of its key, owns it: how it ends is read from its record. */
  readonly isJoined: boolean;
  /** Whether no body of it is at work here: it is evicted, or remote. */
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

/** What a generator has yielded, and who iterates it. */
export interface ItemStream {
  /** Those of the present attempt. */
  items: readonly unknown[];
  /** How many iterate it now. */
  readers: number;
  /** Whether all who iterated it have stopped. */
  readonly isLeft: boolean;
  /** Tells those who iterate to look again. */
  changed(): void;
  /** Resolves when there are more than so many items, or the run has settled. */
  longerThan(count: number, run: Run): Promise<void>;
}

/** Recorded lines of a body that is called again: see execution/repeated-lines.ts. */
export interface RepeatedLines {
  /** Whether the line is a repetition, which is counted. */
  takes(level: number, message: string): boolean;
}

/** What a body started. */
export interface Scope {
  readonly open: ReadonlySet<Run>;
  /** Whether nothing is open and nothing is about to join. */
  readonly isEmpty: boolean;
  /** Failed children nobody looked at, in the order they failed. */
  readonly unobserved: ReadonlySet<Run>;
  /** Whether the body has ended and only children are awaited. */
  closing: boolean;
  /** Why whatever still joins is cancelled at once; null = it is not. */
  stopped: string | null;
  /** Whether its body was dropped where it waited. */
  readonly isEvicted: boolean;
  /** Throws what the scope was closed by: a body that ended, or was given up, begins nothing more. */
  requireOpen(): void;
  join(run: Run): void;
  /** Runs are about to join: the scope is not empty until what is given back is called. */
  hold(): () => void;
  childSettled(run: Run): void;
  /** It is open no more, and how it ended is told elsewhere: it was started in a `scope()` of the body. */
  childLeft(run: Run): void;
  childObserved(run: Run): void;
  idle(): Promise<void>;
  cancelAll(reason: string): void;
  close(why?: Error | string): void;
  /** Calls the listener if the body is given up while it runs on. The last to ask is told first. */
  onAbandoned(listener: AbandonListener): { remove(): void };
  /** Resolves when all who asked have done what they do about it. */
  abandon(how: { readonly continues: boolean }): Promise<void>;
}

/**
 * Gives back what a body holds that was given up: nobody waits for its end any more.
 *
 * @param how `continues`: its run is taken up as it is recorded, here or elsewhere; else its attempt is over
 */
export type AbandonListener = (how: { readonly continues: boolean }) => Promise<void>;

/** An outermost run and all below it. */
export interface Tree {
  readonly root: Run;
  unsettled: number;
  idle: number;
  held: number;
  staysAwake: boolean;
  /** Paused from outside: nothing new begins in it, and it is evicted as soon as it is still. */
  isSuspended: boolean;
  /** Called when a dropped body of it does something; null = it is not parked. */
  onStir: (() => void) | null;
  /** Calls that can't be told apart are matched in their recorded order. */
  trustsOrder: boolean;
  readonly waits: Map<Run, number | null>;
  readonly wakeAt: number | null;
  /** Whether all that is left of it is a recorded wait that is not over soon. */
  readonly waitsLong: boolean;
  changed(): void;
  reset(): void;
}

/** Gives a body's place back while it waits, and takes it again. */
export interface Permit {
  /** Called when the body begins to wait for something of the engine's. */
  suspend(runs?: readonly Run[]): void;
  /** Called when a wait is over; resolves when the body may go on. */
  resume(runs?: readonly Run[]): Promise<void> | undefined;
}

/** One run's place among the started runs and the bodies at work: see runs/run-permit.ts. */
export interface RunPermit extends Permit {
  /** Undefined when it was free at once. */
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
  /** The body's value, where it is not recorded; null = it is. */
  readonly value: { readonly unrecorded: unknown } | null;
}

/** What a transaction keeps of the tasks that completed in it, at whatever depth. */
export interface TransactionScope {
  /** A run completed within the transaction. */
  joined(run: Run, known: KnownCall | null): void;
  /** It completed in an earlier execution, and with it what it called: none of their bodies is called again. */
  found(run: Run, known: KnownCall | null): Promise<void>;
  /** The encoded value that it will put under this cache key; null = one that can't be read. */
  staged(key: string): Promise<string | null> | undefined;
  /** Whether a run within it, other than the one that asks, computes the value of this cache key. */
  isComputing(key: string, asking: Run): boolean;
  computes(key: string, run: Run): void;
}

/** What a piece of running user code belongs to. */
export interface Frame {
  readonly runtime: Runtime;
  readonly run: Run;
  readonly scope: Scope;
  /** The nearest flow run's frame; null = a task outside any flow. */
  readonly flow: FlowFrame | null;
  /** Tells the children of one body from those of another: '' for a flow, task run and attempt for a task. */
  readonly childScope: string;
  readonly calls: BodyCalls;
  /** The thread of a block of an isolated body that this code is in (see runs/thread.ts); default: the main line. */
  readonly baseThread?: string;
  /** The thread of what is called here, where it was looked at elsewhere: in the worker of an isolated body. */
  readonly fixedThread?: string;
  readonly tags: readonly string[];
  readonly logPrints: boolean;
  readonly transaction: TransactionScope | null;
  /** Gives this body's place back while it waits; null = it holds none. */
  readonly permit: Permit | null;
}

/** What all bodies of one flow run share. */
export interface FlowFrame {
  readonly run: FlowRun;
  readonly permits: { permit(): RunPermit };
  readonly parameters: Readonly<Record<string, unknown>>;
}
