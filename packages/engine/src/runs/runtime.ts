/**
 * The port between user code and the code that runs it. `task()`, `sleep()`, `scope()`, `logger()` and all the others find the
 * runtime of the code that calls them, in its frame or by `currentRuntime()`, and call one of its verbs. None of them knows
 * in which process, or whether at all, the work is done.
 *
 * There are three runtimes:
 * - `Engine` (engine/engine.ts), the local one: it records and runs in this process. A test's engine is the same class with other
 *   options (`bodyOf`, `takesUp`, a virtual clock), because a double of the engine would test the double.
 * - `WorkerRuntime` (isolation/worker-runtime.ts), in a worker thread or process, around one isolated body: each verb is a message
 *   to the engine that called the body. Its runs are proxies, which settle when that engine says so.
 * - `InertRuntime` (engine/inert-runtime.ts), while a module is only loaded for what it defines: calls begin nothing and never
 *   settle.
 *
 * A verb that runs something around user code gets it in two forms: as data (`name`, `args`), which can cross to another process,
 * and as a function (`here`), which does it in this one. A runtime uses one of the two.
 *
 * The code that records and executes runs (limits, transactions, execution, waits) is behind the port and uses the engine only, as
 * `run.engine`. A worker has none; `Runtime.engine` is null there.
 *
 * Generic over the nouns of model.ts, which refer to it in turn.
 */
import type { Clock, Ledger, StartMove } from '@millrace/kernel';
import type { Definition } from '../definitions/definition.ts';

/** A line for the console. */
export interface ConsoleLine {
  readonly level: number;
  readonly at: number;
  /** Its subject, such as `Flow run 'merry-otter'`; null = the process. */
  readonly subject: string | null;
  readonly text: string;
}

/** The parts of the machine that a runtime uses. */
export interface Machine {
  readonly clock: Clock;
  /** 0 <= n < 1. */
  readonly random: () => number;
  /** UUIDv7, in order. */
  readonly ids: () => string;
  /** A stable digest of a text, at least 128 bits. */
  readonly digest: (text: string) => string;
  readonly print: (line: ConsoleLine) => void;
}

/** Limits for user code, and the level of its log. */
export interface EngineSettings {
  /** Lines below it are neither shown nor recorded; Python's numbers. Default 20 (info). */
  readonly logLevel: number;
  /** How long a cancelled body may take to end before it is recorded as Cancelled without it. Default 5,000 ms. */
  readonly cancelGraceMs: number;
  /** How long a function of the user's that is no body (a storage, a serializer, `retryWhen`) may take. Default 60,000 ms. */
  readonly callbackTimeoutMs: number;
  /** The largest stored value, in bytes; default: none. */
  readonly resultBytesMax: number | null;
  /** How often the ledger is asked where no notification came; default 1,000 ms. Infinity: notifications only. */
  readonly pollMs: number;
}

/** How a call is to be started. */
export interface StartOptions {
  /** Started from outside the scope of the code that calls: a handle's, a serving process's. */
  readonly outermost?: boolean;
  /** An existing flow run, which is taken up instead of started anew. */
  readonly flowRunId?: string;
  readonly move?: StartMove | undefined;
  /** Runs that must have succeeded before this one begins; only their order matters. */
  readonly waitFor?: readonly unknown[];
  /** The kind of the record; default: a task. */
  readonly recordKind?: 'step';
  /** Calls that can't be told apart are matched in their recorded order. */
  readonly trustOrder?: boolean;
}

/** A call, by its name and arguments. */
interface NamedCall {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** A recorded wait: a sleep, a signal, a pause. */
export interface WaitCall<TRun> extends NamedCall {
  readonly here: () => TRun;
}

/** User code within something of the engine's: a limit, a scope, a transaction. */
export interface BlockCall<T> extends NamedCall {
  readonly name: 'concurrency' | 'scope' | 'transaction';
  /** Whether its value is recorded. */
  readonly isRecorded?: boolean;
  readonly here: () => Promise<Awaited<T>>;
  /** The user code alone, for a runtime whose block is in another process; `send` calls a method of the block's handle there. */
  readonly body: (send: (method: string, args: readonly unknown[]) => void) => T;
}

/** One question with an answer. */
export interface RequestCall<T> extends NamedCall {
  readonly here: () => Promise<T>;
}

/** See the head of this file. */
export interface RuntimePort<TRun, TFrame, TEngine> extends Machine, EngineSettings {
  /** The engine of this process; null = what is called here is run by another process's, or not at all. */
  readonly engine: TEngine | null;
  /** Nothing settles any more. */
  readonly halted: boolean;
  /** It takes no further calls: the next one gets another runtime. */
  readonly closed: boolean;
  /** Opened when first called. */
  ledger(): Promise<Ledger>;
  /** The ledger once it is open, as it is for a run that has started. */
  readonly opened: Ledger;
  /** Starts a run in the caller's scope (or as an outermost run) and returns it at once. */
  start(definition: Definition, args: readonly unknown[], options?: StartOptions): TRun;
  /** Starts runs that were made for a map: the next begins when there is a permit for it. */
  startAll(runs: readonly TRun[], options: StartOptions): void;
  /** Makes a run that can't be started a failed child of its caller. */
  startFailed(run: TRun, error: unknown): void;
  startWait(frame: TFrame, wait: WaitCall<TRun>): TRun;
  block<T>(frame: TFrame, block: BlockCall<T>): Promise<Awaited<T>>;
  request<T>(frame: TFrame, request: RequestCall<T>): Promise<T>;
  /** Waits until `until` resolves, as one that waits for these runs. @throws WaitCycleError */
  wait(frame: TFrame, runs: readonly TRun[], until: () => Promise<void>): Promise<void>;
  /** Cancels a run and all below it. */
  cancel(run: TRun, reason: string): void;
  log(frame: TFrame, line: { readonly level: number; readonly text: string; readonly print: boolean }): void;
  /** Takes up runs of these flows until stopped. */
  serve(
    flowNames: readonly string[],
    options: { readonly limit?: number; readonly signal?: AbortSignal },
  ): Promise<void>;
}
