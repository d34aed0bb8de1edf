/**
 * The run poller: takes up runs that need a process. It continues evicted runs of this process when they are due, signalled or
 * resumed, and, when it serves flows, every run of these flows that no process owns. One look serves all of them, after a
 * notification or a poll. Any number of pollers may work side by side, because each run is claimed by its lease.
 */
import type { Engine, Run } from '../runs/model.ts';
import { flowNames, requireFlow } from '../runs/registry.ts';
import { outsideFrames } from '../runs/frame.ts';
import { callSweptHooks } from '../execution/orphan-hooks.ts';
import {
  type FlowRunRecord,
  isStoreGone,
  isTerminal,
  moveFor,
  StateType,
  StoreFull,
  thrownText,
} from '@millrace/kernel';

/** How many runs are taken up at one look. */
const TAKE_MAX = 100;
const SKEW_MS = 20;
const GAP_PER_LOOK = 2;
/** Where only notifications start a look, orphans are looked for so often. */
const SWEEP_MAX_MS = 60_000;
/** So many polls a run is left alone that a full disk stopped: it would do the same work for nothing, again and again. */
const FULL_DISK_POLLS = 30;
/** The number of this process's evicted runs that one look reads, in turn. */
const CHECK_MAX = 50;
/** This machine's clock and the database's may differ by this before an evicted run is read by itself. */
const CLOCKS_APART_MS = 1_000;

/** One call of `serve`. */
interface Serving {
  readonly names: readonly string[];
  /** How many runs it has at work at most. */
  readonly limit: number;
  readonly stopped: PromiseWithResolvers<void>;
}

export class RunPoller {
  readonly #engine: Engine;
  readonly #pollMs: number;
  /** Evicted runs of this process, by id: how each continues, and when it is due by itself (epoch ms; null = never). */
  readonly #evicted = new Map<string, { readonly goOn: () => void; readonly wakeAt: number | null }>();
  /** Runs that this process took up because it serves their flows. */
  readonly #takenUp = new Map<Run, Serving>();
  /** Runs that a full disk stopped here, by id: when they may be taken up again (epoch ms). */
  readonly #leftAlone = new Map<string, number>();
  /** The flows that it served at any time. */
  readonly #everServed = new Set<string>();
  /** The calls of `serve` under way. */
  readonly #servings = new Set<Serving>();
  #running = false;
  #wake: () => void = () => {};
  /** A notification came since the last look started. */
  #isNotified = false;
  #sweptAt = Number.NEGATIVE_INFINITY;
  #checkedAt = Number.NEGATIVE_INFINITY;
  /** When the last look ended (epoch ms), and how long it took (ms). */
  #lookedAt = 0;
  #lookMs = 0;
  #gap: { cancel(): void } | null = null;
  /** One timer for the earliest of the evicted runs, whatever their number. */
  #alarm: { readonly at: number; cancel(): void } | null = null;

  constructor(engine: Engine, options: { readonly pollMs: number }) {
    this.#engine = engine;
    this.#pollMs = options.pollMs;
  }

  /** An evicted run of this process: `goOn` is called once, when the run is to continue. */
  park(flowRunId: string, wakeAt: number | null, goOn: () => void): void {
    // Started twice under one key: whichever runs it, the other waits for the same run.
    const other = this.#evicted.get(flowRunId);
    const goOnBoth = (): void => {
      other?.goOn();
      goOn();
    };
    this.#evicted.set(flowRunId, { goOn: goOnBoth, wakeAt });
    if (wakeAt !== null) this.#setAlarm(wakeAt);
    this.#start();
  }

  /** Serves flows until stopped. Resolves when everything that it took up has ended or has no body here any more. */
  async serve(
    names: readonly string[],
    options: { readonly limit: number; readonly signal?: AbortSignal },
  ): Promise<void> {
    for (const name of names) requireFlow(name);
    const serving: Serving = { names, limit: options.limit, stopped: Promise.withResolvers<void>() };
    this.#servings.add(serving);
    for (const name of names) this.#everServed.add(name);
    const stop = (): void => this.#stop(serving);
    try {
      await (await this.#engine.ledger()).announce(this.#served);
      options.signal?.addEventListener('abort', stop, { once: true });
      if (options.signal?.aborted === true) stop();
      this.#start();
      await serving.stopped.promise;
    } finally {
      options.signal?.removeEventListener('abort', stop);
      this.#servings.delete(serving);
      if (this.#engine.isOpen && !this.#engine.closed) await this.#engine.opened.announce(this.#served);
    }
    await this.#engine.atRest((run) => this.#takenUp.get(run) === serving);
    for (const [run, by] of [...this.#takenUp]) if (by === serving && run.hasNoBody) this.#engine.letGo(run);
  }

  /** Whether this process runs it as one who serves its flow. */
  hasTakenUp(run: Run): boolean {
    return this.#takenUp.has(run);
  }

  /** Whether this process serves the flow, or did until it was stopped. */
  hasServed(flowName: string): boolean {
    return this.#everServed.has(flowName);
  }

  /** The evicted run continues now, whatever it waits for. */
  goOn(flowRunId: string): void {
    const evicted = this.#evicted.get(flowRunId);
    this.forget(flowRunId);
    evicted?.goOn();
  }

  /** The run is woken by others. */
  forget(flowRunId: string): void {
    this.#evicted.delete(flowRunId);
    this.#notify();
  }

  /** Takes up nothing more. */
  stop(): void {
    for (const serving of this.#servings) this.#stop(serving);
  }

  #stop(serving: Serving): void {
    this.#servings.delete(serving);
    serving.stopped.resolve();
    this.#notify();
  }

  get #served(): readonly string[] {
    return [...new Set([...this.#servings].flatMap(({ names }) => names))];
  }

  /** One that serves the flow and may take up another run: what sleeps, or is elsewhere, is no work. */
  #servingOf(flowName: string): Serving | undefined {
    return [...this.#servings].find((serving) => {
      const { names, limit } = serving;
      if (!names.includes(flowName)) return false;
      let atWork = 0;
      for (const [run, by] of this.#takenUp) if (by === serving && !this.#isWaiting(run)) atWork += 1;
      return atWork < limit;
    });
  }

  #isWaiting(run: Run): boolean {
    return run.hasNoBody || this.#engine.idleTrees.has(run.tree);
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    // The loop serves all runs, so it must not run in the frame of the one that was evicted first.
    outsideFrames(() => void this.#loop());
  }

  async #loop(): Promise<void> {
    const watcher = this.#engine.opened.watch(() => this.#notifyAfterGap());
    try {
      while (!this.#engine.closed && (this.#servings.size > 0 || this.#evicted.size > 0)) {
        const startedAt = this.#engine.clock.now();
        await this.#look().catch((error: unknown) => {
          if (isStoreGone(error)) return this.#giveUp(error);
          this.#engine.print({
            level: 40,
            at: this.#engine.clock.now(),
            subject: null,
            text: `Looking for runs to take up failed: ${thrownText(error)}`,
          });
        });
        this.#lookedAt = this.#engine.clock.now();
        this.#lookMs = this.#lookedAt - startedAt;
        await this.#nap();
      }
    } finally {
      watcher.close();
      this.#gap?.cancel();
      this.#gap = null;
      // A run that was taken up early needs no alarm, and its timer would keep the process alive until then.
      this.#alarm?.cancel();
      this.#alarm = null;
      this.#running = false;
    }
  }

  /** The database is not there any more: nothing can be taken up, and what sleeps learns it by going on. */
  #giveUp(cause: Error): void {
    for (const { stopped } of this.#servings) {
      // One that is still being announced fails by that.
      stopped.promise.catch(() => {});
      stopped.reject(cause);
    }
    this.#servings.clear();
    for (const id of [...this.#evicted.keys()]) this.goOn(id);
  }

  /** How often a serving process sweeps. */
  get #sweepMs(): number {
    return Math.min(this.#pollMs, SWEEP_MAX_MS);
  }

  async #look(): Promise<void> {
    const ledger = this.#engine.opened;
    const now = this.#engine.clock.now();
    if (this.#servings.size > 0 && now - this.#sweptAt >= this.#sweepMs) {
      this.#sweptAt = now;
      const { crashed, cancelled } = await ledger.sweep();
      await callSweptHooks(this.#engine, [...crashed, ...cancelled]);
    }
    const names = this.#evicted.size > 0 ? [...new Set([...this.#served, ...flowNames()])] : this.#served;
    const found = await ledger.claimable(names, TAKE_MAX, { lost: this.#servings.size > 0 });
    for (const record of found) this.#takeUp(record);
    // There may be more than one look takes.
    if (found.length === TAKE_MAX && found.some((record) => this.#evicted.has(record.id))) this.#isNotified = true;
    await this.#checkEvicted();
    this.#setNextAlarm();
  }

  /** Continues evicted runs that were ended from outside or are owned by other processes, so that code here reads their ends. */
  async #checkEvicted(): Promise<void> {
    const now = this.#engine.clock.now();
    // Every commit is a notification, and evicted runs may be many.
    if (now - this.#checkedAt < CLOCKS_APART_MS) return;
    this.#checkedAt = now;
    for (const [id, evicted] of firstOf(this.#evicted, CHECK_MAX)) {
      const record = await this.#engine.opened.runs.flowRun(id);
      if (this.#evicted.get(id) !== evicted) continue;
      this.#evicted.delete(id);
      const isRemote = record === undefined || isTerminal(record.state) || record.sessionId !== null;
      // As recorded: a signal, or who resumed it, made it due earlier than it was to be.
      const dueAt = record?.wakeAt ?? evicted.wakeAt;
      const isOverdue = dueAt !== null && dueAt + CLOCKS_APART_MS < now;
      if (isRemote || isOverdue) evicted.goOn();
      // To the end of the line.
      else this.#evicted.set(id, evicted);
    }
  }

  #takeUp(record: FlowRunRecord): void {
    const evicted = this.#evicted.get(record.id);
    if (evicted !== undefined) {
      this.#evicted.delete(record.id);
      evicted.goOn();
      return;
    }
    const serving = this.#servingOf(record.flowName);
    if (serving === undefined) return;
    if ([...this.#engine.roots].some((run) => run.id === record.id)) return;
    if ((this.#leftAlone.get(record.id) ?? 0) > this.#engine.clock.now()) return;
    this.#leftAlone.delete(record.id);
    const run = this.#engine.start(requireFlow(record.flowName, { engine: this.#engine, id: record.id }), [], {
      outermost: true,
      flowRunId: record.id,
      move: moveFor(record, 'taken-up'),
    });
    run.identify(record.id);
    // Observed by then: whatever shows the runs of this process shows how they end.
    const isShown = run.observed;
    run.observe();
    this.#takenUp.set(run, serving);
    run.onSettled(() => {
      this.#takenUp.delete(run);
      if (run.settlement === 'failed' && !isShown && isFailure(run)) this.#engine.unhandled.reportServed(run);
      if (!(run.lostBy instanceof StoreFull) || !Number.isFinite(this.#pollMs)) return;
      this.#leftAlone.set(record.id, this.#engine.clock.now() + this.#pollMs * FULL_DISK_POLLS);
    });
  }

  /**
   * Each commit of each process is a notification: several serving processes that all looked at once after each of them spent more time
   * looking than working. A look is followed by a gap of twice its duration.
   */
  #notifyAfterGap(): void {
    const { clock } = this.#engine;
    const gapMs = Number.isFinite(this.#pollMs) ? this.#lookedAt + GAP_PER_LOOK * this.#lookMs - clock.now() : 0;
    if (gapMs <= 0) this.#notify();
    else
      this.#gap ??= clock.setTimer(Math.min(gapMs, this.#pollMs), () => {
        this.#gap = null;
        this.#notify();
      });
  }

  #notify(): void {
    this.#isNotified = true;
    this.#wake();
  }

  async #nap(): Promise<void> {
    if (!this.#isNotified) {
      await new Promise<void>((resolve) => {
        const timer = Number.isFinite(this.#pollMs) ? this.#engine.clock.setTimer(this.#pollMs, resolve) : undefined;
        this.#wake = () => {
          timer?.cancel();
          resolve();
        };
      });
    }
    this.#isNotified = false;
  }

  #setAlarm(at: number): void {
    if (this.#alarm !== null && this.#alarm.at <= at) return;
    this.#alarm?.cancel();
    const timer = this.#engine.clock.setTimer(Math.max(0, at - this.#engine.clock.now()), () => {
      this.#alarm = null;
      this.#notify();
    });
    this.#alarm = { at, cancel: () => timer.cancel() };
  }

  #setNextAlarm(): void {
    if (this.#alarm !== null) return;
    let earliest = Number.POSITIVE_INFINITY;
    for (const { wakeAt } of this.#evicted.values()) if (wakeAt !== null && wakeAt < earliest) earliest = wakeAt;
    // An orphan's grace ends without any notification.
    if (this.#servings.size > 0 && !Number.isFinite(this.#pollMs))
      earliest = Math.min(earliest, this.#sweptAt + this.#sweepMs);
    // Due by this process's clock and not yet by the database's: asked again soon, but not without pause.
    if (Number.isFinite(earliest)) this.#setAlarm(Math.max(earliest, this.#engine.clock.now() + SKEW_MS));
  }
}

/** The first few, without a copy of all: evicted runs may be many, and this is done every second. */
function firstOf<T>(all: Iterable<T>, count: number): readonly T[] {
  const found: T[] = [];
  for (const one of all) {
    if (found.length === count) break;
    found.push(one);
  }
  return found;
}

/** Ended by its own code, and not by a cancellation, or by another process that took it up. */
function isFailure(run: Run): boolean {
  return run.lostBy === null && run.cancelRequest === null && run.state.type === StateType.Failed;
}
