/**
 * The engine: runs flows and tasks over a ledger. The composition root makes one for each process; a test makes its own.
 *
 * It keeps no state of runs beside the list of outermost runs. Time, randomness and the ledger are its arguments.
 */
import type { Engine as EngineModel, Frame, Run, Stopping, Tree } from '../runs/model.ts';
import type { BlockCall, RequestCall, StartOptions, WaitCall } from '../runs/runtime.ts';
import { cancelling, RunCancelled, StateType, thrownText } from '@millrace/kernel';
import type { Body, Definition, TaskDefinition } from '../definitions/definition.ts';
import type { Isolator } from '../runs/isolator.ts';
import type { Ledger } from '@millrace/kernel';
import { cancelJoined, proposeCancel } from './cancellation.ts';
import { Unhandled } from './unhandled.ts';
import { RunPoller } from './run-poller.ts';
import { whyNoMore } from '../runs/cancel-reason.ts';
import { settleCancelled } from '../execution/early-cancellation.ts';
import { startRuns, startRun } from '../execution/start-runs.ts';
import { currentFrame, outsideFrames } from '../runs/frame.ts';
import { RuntimeParts } from '../runs/runtime-parts.ts';
import { waitHere } from '../runs/waiting.ts';
import { writeLineHere } from '../context/logger.ts';
import type { EngineOptions } from './engine-options.ts';
import { parkTree } from '../execution/tree-eviction.ts';
import { createRun } from '../runs/run.ts';
import { rememberRun } from '../runs/run-of.ts';

const LOG_LEVEL_ERROR = 40;
const PARK_AFTER_DEFAULT_MS = 2_000;
const IDLE_TREES_MAX_DEFAULT = 100;

/** Runs flows and tasks over a ledger: see the head of this file. */
export class Engine extends RuntimeParts implements EngineModel {
  readonly isolator: Isolator<Frame> | null;
  readonly engine = this;
  readonly parkAfterMs: number;
  readonly idleTreesMax: number;
  readonly idleTrees = new Set<Tree>();
  readonly runPoller: RunPoller;
  /** Failures that no scope reports. */
  readonly unhandled: Unhandled;
  /** Outermost runs that have not settled. */
  readonly roots = new Set<Run>();
  #isClosed = false;
  stopping: Stopping | null = null;
  readonly parkings = new Set<Promise<void>>();
  /** How many calls of `serve` are under way. */
  #serving = 0;
  /** The number of callers that wait for it to be idle. */
  #resting = 0;
  readonly #afterRest: (() => void)[] = [];
  readonly bodyOf: (definition: TaskDefinition) => Body;
  /** Dead: nothing starts and nothing settles any more. How a test lets a process die within its own. */
  halted = false;
  readonly #takesUp: NonNullable<EngineOptions['takesUp']>;
  readonly #onBusy: (busy: boolean) => void;
  readonly #onRoot: (run: Run) => void;
  readonly #onClosing: () => Promise<void>;
  readonly #openLedger: () => Promise<Ledger>;
  #opening: Promise<Ledger> | null = null;
  #rest: PromiseWithResolvers<void> | null = null;
  #ledger: Ledger | null = null;

  constructor(options: EngineOptions) {
    super(options);
    this.isolator = options.isolator ?? null;
    this.parkAfterMs = options.parkAfterMs ?? PARK_AFTER_DEFAULT_MS;
    this.idleTreesMax = options.idleTreesMax ?? IDLE_TREES_MAX_DEFAULT;
    this.runPoller = new RunPoller(this, { pollMs: this.pollMs });
    this.bodyOf = options.bodyOf ?? ((definition) => definition.body);
    this.unhandled = new Unhandled(this, () => options.onUnobserved?.());
    this.#takesUp = options.takesUp ?? (() => undefined);
    this.#onBusy = options.onBusy ?? (() => {});
    this.#onRoot = options.onRoot ?? (() => {});
    this.#onClosing = options.onClosing ?? (async () => {});
    this.#openLedger = options.openLedger;
  }

  /** The ledger, opened when first asked for. A failure to open rejects every call that waits for it, and the next call tries again. */
  ledger(): Promise<Ledger> {
    this.#opening ??= this.#openLedger().then(
      (ledger) => {
        this.#ledger = ledger;
        return ledger;
      },
      (error: unknown) => {
        this.#opening = null;
        throw error;
      },
    );
    return this.#opening;
  }

  /** The ledger of a run that has begun. */
  get opened(): Ledger {
    if (this.#ledger === null) throw new Error('The ledger is not open yet.');
    return this.#ledger;
  }

  get isOpen(): boolean {
    return this.#ledger !== null;
  }

  /** Starts a run in the caller's scope (or as an outermost run) and gives it back at once. */
  start(definition: Definition, args: readonly unknown[], options: StartOptions = {}): Run {
    const caller = options.outermost === true ? null : (currentFrame() ?? null);
    const run = createRun(this, definition, { caller, args });
    this.begin(run, caller === null ? this.#withTakenUp(definition, options) : options);
    return run;
  }

  #withTakenUp(definition: Definition, options: StartOptions): StartOptions {
    if (definition.kind !== 'flow' || options.flowRunId !== undefined) return options;
    const flowRunId = this.#takesUp(definition);
    return flowRunId === undefined ? options : { ...options, flowRunId, move: 'recover' };
  }

  /** Starts a run that was made for its caller. */
  begin(run: Run, options: StartOptions): void {
    try {
      this.submit(run);
    } catch (error) {
      this.refuse(run, error);
      return;
    }
    // An outermost run is not of the body that started it, which may end before it.
    if (run.caller === null) outsideFrames(() => startRun(run, options));
    else startRun(run, options);
  }

  startAll(runs: readonly Run[], options: StartOptions): void {
    startRuns(this, runs, options);
  }

  startFailed(run: Run, error: unknown): void {
    this.submit(run);
    run.settle('failed', error);
  }

  startWait(_frame: Frame, { here }: WaitCall<Run>): Run {
    return here();
  }

  block<T>(_frame: Frame, { here }: BlockCall<T>): Promise<Awaited<T>> {
    return here();
  }

  request<T>(_frame: Frame, { here }: RequestCall<T>): Promise<T> {
    return here();
  }

  wait(frame: Frame, runs: readonly Run[], until: () => Promise<void>): Promise<void> {
    return waitHere(frame, runs, until);
  }

  log(frame: Frame, line: Parameters<typeof writeLineHere>[1]): void {
    writeLineHere(frame, line);
  }

  /** See `halted`. */
  halt(): void {
    this.halted = true;
  }

  /** Ends a run that could not begin, as its scope takes no more. */
  refuse(run: Run, error: unknown): void {
    run.tree.unsettled += 1;
    run.settle('failed', rememberRun(error, run));
    this.unhandled.add(run);
  }

  /** Puts the run into its caller's scope, or among the outermost runs. */
  submit(run: Run): void {
    if (run.caller === null) {
      if (this.stopping?.cancels === false) throw this.stopping.cause;
      this.#addRoot(run);
      this.#onRoot(run);
    } else {
      if (run.caller.scope.isEvicted) run.tree.onStir?.();
      run.caller.scope.join(run);
    }
    run.tree.unsettled += 1;
    // A body that goes on though it was cancelled, its time is over, or its scope failed, begins nothing more.
    const cancelled = run.caller === null ? (this.stopping?.reason ?? null) : whyNoMore(run.caller.run);
    const stopped = run.caller?.scope.stopped ?? null;
    if (stopped !== null) run.observe();
    if (cancelled !== null || stopped !== null) this.cancel(run, cancelled ?? stopped ?? '');
  }

  /**
   * Cancels a run and all below it: the signal fires, and a body that hasn't ended after the grace is recorded without it.
   *
   * @param graceMs milliseconds; default: the engine's
   */
  cancel(run: Run, reason: string, graceMs = this.cancelGraceMs): void {
    if (run.settlement !== 'pending' || run.cancelRequest !== null || run.refusedBy !== null) return;
    if (run.isJoined && !run.isEvicted) {
      cancelJoined(this, run, reason).catch((error: unknown) => this.#complain(run, 'Cancelling it failed', error));
      return;
    }
    run.requestCancel({ reason });
    if (run.isEvicted) {
      // The run belongs to an evicted body, which is called again and comes to this cancellation again.
      if (run.caller !== null) run.tree.onStir?.();
      else void this.#cancelEvicted(run, reason);
      return;
    }
    const { execution, definition, record } = run;
    if (definition.kind === 'flow' && execution !== null && record?.state.type === StateType.Running) {
      execution.queueFlow({
        state: cancelling(this.clock.now(), reason),
        by: 'engine',
      });
    }
    run.abort(new RunCancelled({ runId: run.id, runName: run.name, reason }));
    run.stop();
    if (run.isQueued) void settleCancelled(run, reason);
    for (const child of [...(run.scope?.open ?? [])]) this.cancel(child, reason, graceMs);
    const timer = this.clock.setTimer(graceMs, () => run.abandon({ kind: 'cancelled' }));
    run.onSettled(() => timer.cancel());
  }

  /** Cancels all outermost runs and waits until they have ended. */
  async cancelAll(reason: string): Promise<void> {
    const runs = [...this.roots];
    for (const run of runs) this.cancel(run, reason);
    await Promise.all(runs.map((run) => run.settled()));
  }

  /** No process owns it, so it ends in the ledger; here it continues to read its end. */
  async #cancelEvicted(run: Run, reason: string): Promise<void> {
    try {
      await proposeCancel(this, run.id, reason);
    } catch (error) {
      this.#complain(run, 'Cancelling it failed', error);
    }
    this.runPoller.goOn(run.id);
  }

  /** See execution/tree-eviction.ts. */
  park(tree: Tree): void {
    const eviction = parkTree(tree)
      .catch((error: unknown) => this.#complain(tree.root, 'Parking failed', error))
      .finally(() => {
        this.parkings.delete(eviction);
        this.rested();
      });
    this.parkings.add(eviction);
  }

  #complain(run: Run, what: string, error: unknown): void {
    const text = `${what}: ${thrownText(error)}`;
    this.print({ level: LOG_LEVEL_ERROR, at: this.clock.now(), subject: run.name, text });
  }

  onceWorking(callback: () => void): void {
    if (this.isResting) this.#afterRest.push(callback);
    else callback();
  }

  get isResting(): boolean {
    return this.#resting > 0;
  }

  /** Resolves when every outermost run (that is concerned) has ended or has no body in this process. */
  async atRest(isConcerned: (run: Run) => boolean = () => true): Promise<void> {
    this.#resting += 1;
    // A run that is being cancelled ends by itself; evicted, it would neither end nor be recorded as Cancelled.
    for (const tree of this.idleTrees) if (tree.root.cancelRequest === null) this.park(tree);
    while ([...this.roots].some((run) => isConcerned(run) && !run.hasNoBody)) {
      this.#rest ??= Promise.withResolvers<void>();
      await this.#rest.promise;
    }
    this.#resting -= 1;
    if (this.#resting === 0 && !this.closed) for (const callback of this.#afterRest.splice(0)) callback();
  }

  isServed(run: Run): boolean {
    return this.runPoller.hasTakenUp(run);
  }

  /** Waits for a run of another process: meanwhile the run counts as remote. */
  async waitRemotely(run: Run, wait: Promise<void>): Promise<void> {
    run.markRemote(true);
    this.rested();
    try {
      await wait;
    } finally {
      run.markRemote(false);
    }
  }

  rested(): void {
    this.#rest?.resolve();
    this.#rest = null;
  }

  /** Forgets a run without a body here: a process that serves its flow continues it. */
  letGo(run: Run): void {
    if (!run.isEvicted) run.evict();
    this.runPoller.forget(run.id);
    this.roots.delete(run);
    this.#endIfIdle();
  }

  wakeLater(flowRunId: string, wakeAt: number | null, goOn: () => void): void {
    this.runPoller.park(flowRunId, wakeAt, goOn);
  }

  /** Takes up runs of these flows until stopped: see calls/serve.ts. The process stays alive meanwhile. */
  async serve(
    names: readonly string[],
    options: { readonly limit?: number; readonly signal?: AbortSignal },
  ): Promise<void> {
    this.#serving += 1;
    this.#onBusy(true);
    try {
      await this.runPoller.serve(names, {
        limit: options.limit ?? Number.POSITIVE_INFINITY,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
    } finally {
      this.#serving -= 1;
      this.#endIfIdle();
    }
  }

  get closed(): boolean {
    return this.#isClosed;
  }

  /** The next call outside any run gets another engine. What is under way goes on. */
  retire(): void {
    this.#isClosed = true;
  }

  /** Waits for the outermost runs that are at work, makes all durable and ends the session. What sleeps, or is elsewhere, is left to others. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.atRest();
    this.unhandled.reportAll();
    await this.#onClosing();
    for (const run of [...this.roots]) this.letGo(run);
    await this.isolator?.close();
    const ledger = this.#opening === null ? null : await this.#opening.catch(() => null);
    await ledger?.close();
  }

  #addRoot(run: Run): void {
    this.roots.add(run);
    if (this.roots.size === 1) this.#onBusy(true);
    run.onSettled(() => {
      this.roots.delete(run);
      if (run.settlement === 'failed') this.unhandled.add(run);
      this.rested();
      this.#endIfIdle();
    });
  }

  /** A serving process stays busy between the runs that it takes up. */
  #endIfIdle(): void {
    if (this.roots.size === 0 && this.#serving === 0) this.#onBusy(false);
  }
}
