/**
 * The waker: takes up runs that want a process. It wakes parked runs of this process when they are due, signalled or
 * resumed, and, when it serves flows, adopts every run of theirs that has nobody. One look for all, by hint and by poll;
 * any number of them may work side by side, as each run is claimed by its lease.
 */
import type { Engine, Run } from '../runs/model.ts';
import { flowNames, requireFlow } from '../runs/registry.ts';
import { outsideFrames } from '../runs/frame.ts';
import { tellOfSwept } from '../execution/orphan-hooks.ts';
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
/** How many of this process's parked runs are looked after at one look, in turn. */
const CHECK_MAX = 50;
/** This machine's clock and the database's may differ by this before a parked run is asked for by itself. */
const CLOCKS_APART_MS = 1_000;

/** One call of `serve`. */
interface Serving {
  readonly names: readonly string[];
  /** How many runs it has at work at most. */
  readonly limit: number;
  readonly stopped: PromiseWithResolvers<void>;
}

export class Waker {
  readonly #engine: Engine;
  readonly #pollMs: number;
  /** Parked runs of this process, by id: how each goes on, and when it is due by itself (epoch ms; null = never). */
  readonly #parked = new Map<string, { readonly goOn: () => void; readonly wakeAt: number | null }>();
  /** Runs that this process took up as one who serves their flows. */
  readonly #takenUp = new Map<Run, Serving>();
  /** Runs that a full disk stopped here, by id: when they may be taken up again (epoch ms). */
  readonly #leftAlone = new Map<string, number>();
  /** The flows that it served at any time. */
  readonly #everServed = new Set<string>();
  /** The calls of `serve` under way. */
  readonly #servings = new Set<Serving>();
  #running = false;
  #wake: () => void = () => {};
  /** A hint came since the last look began. */
  #isHinted = false;
  #sweptAt = Number.NEGATIVE_INFINITY;
  #checkedAt = Number.NEGATIVE_INFINITY;
  /** One timer for the earliest of the parked, whatever their number. */
  /** When the last look ended (epoch ms), and how long it took (ms). */
  #lookedAt = 0;
  #lookMs = 0;
  #gap: { cancel(): void } | null = null;
  #alarm: { readonly at: number; cancel(): void } | null = null;

  constructor(engine: Engine, options: { readonly pollMs: number }) {
    this.#engine = engine;
    this.#pollMs = options.pollMs;
  }

  /** A run of this process that sleeps: `goOn` is called once, when it wants to run again. */
  park(flowRunId: string, wakeAt: number | null, goOn: () => void): void {
    // Started twice under one key: whichever runs it, the other waits for the same run.
    const other = this.#parked.get(flowRunId);
    const goOnBoth = (): void => {
      other?.goOn();
      goOn();
    };
    this.#parked.set(flowRunId, { goOn: goOnBoth, wakeAt });
    if (wakeAt !== null) this.#setAlarm(wakeAt);
    this.#start();
  }

  /** Serves flows until stopped. Resolves when everything that it took up has ended, is asleep, or is elsewhere. */
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

  /** Whether this process serves the flow, or did until it was told to stop. */
  hasServed(flowName: string): boolean {
    return this.#everServed.has(flowName);
  }

  /** The parked run goes on now, whatever it waits for. */
  goOn(flowRunId: string): void {
    const parked = this.#parked.get(flowRunId);
    this.forget(flowRunId);
    parked?.goOn();
  }

  /** The run is woken by others. */
  forget(flowRunId: string): void {
    this.#parked.delete(flowRunId);
    this.#hint();
  }

  /** Takes up nothing more. */
  stop(): void {
    for (const serving of this.#servings) this.#stop(serving);
  }

  #stop(serving: Serving): void {
    this.#servings.delete(serving);
    serving.stopped.resolve();
    this.#hint();
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
    return run.hasNoBody || this.#engine.residents.has(run.tree);
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    // Whoever happens to be the first to park a run, it goes on for all.
    outsideFrames(() => void this.#loop());
  }

  async #loop(): Promise<void> {
    const watcher = this.#engine.opened.watch(() => this.#hintAfterGap());
    try {
      while (!this.#engine.closed && (this.#servings.size > 0 || this.#parked.size > 0)) {
        const beganAt = this.#engine.clock.now();
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
        this.#lookMs = this.#lookedAt - beganAt;
        await this.#nap();
      }
    } finally {
      watcher.close();
      this.#gap?.cancel();
      this.#gap = null;
      // Who was taken up early needs no waking any more, and a timer would keep the process alive until then.
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
    for (const id of [...this.#parked.keys()]) this.goOn(id);
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
      await tellOfSwept(this.#engine, [...crashed, ...cancelled]);
    }
    const names = this.#parked.size > 0 ? [...new Set([...this.#served, ...flowNames()])] : this.#served;
    const found = await ledger.claimable(names, TAKE_MAX, { lost: this.#servings.size > 0 });
    for (const record of found) this.#takeUp(record);
    // There may be more than one look takes.
    if (found.length === TAKE_MAX && found.some((record) => this.#parked.has(record.id))) this.#isHinted = true;
    await this.#checkParked();
    this.#setNextAlarm();
  }

  /** A parked run that was ended from outside, or that another process runs: who waits for it here hears how it ends. */
  async #checkParked(): Promise<void> {
    const now = this.#engine.clock.now();
    // Every commit is a hint, and sleepers may be many.
    if (now - this.#checkedAt < CLOCKS_APART_MS) return;
    this.#checkedAt = now;
    for (const [id, parked] of firstOf(this.#parked, CHECK_MAX)) {
      const record = await this.#engine.opened.runs.flowRun(id);
      if (this.#parked.get(id) !== parked) continue;
      this.#parked.delete(id);
      const isRemote = record === undefined || isTerminal(record.state) || record.sessionId !== null;
      // As recorded: a signal, or who resumed it, made it due earlier than it was to be.
      const dueAt = record?.wakeAt ?? parked.wakeAt;
      const isOverdue = dueAt !== null && dueAt + CLOCKS_APART_MS < now;
      if (isRemote || isOverdue) parked.goOn();
      // To the end of the line.
      else this.#parked.set(id, parked);
    }
  }

  #takeUp(record: FlowRunRecord): void {
    const parked = this.#parked.get(record.id);
    if (parked !== undefined) {
      this.#parked.delete(record.id);
      parked.goOn();
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
      if (run.settlement === 'failed' && !isShown && isFailure(run)) this.#engine.unheard.tellServed(run);
      if (!(run.lostBy instanceof StoreFull) || !Number.isFinite(this.#pollMs)) return;
      this.#leftAlone.set(record.id, this.#engine.clock.now() + this.#pollMs * FULL_DISK_POLLS);
    });
  }

  /**
   * Each commit of each process is a notification: several serving processes that all looked at once after each of them spent more time
   * looking than working. A look is followed by a gap of twice its duration.
   */
  #hintAfterGap(): void {
    const { clock } = this.#engine;
    const gapMs = Number.isFinite(this.#pollMs) ? this.#lookedAt + GAP_PER_LOOK * this.#lookMs - clock.now() : 0;
    if (gapMs <= 0) this.#hint();
    else
      this.#gap ??= clock.setTimer(Math.min(gapMs, this.#pollMs), () => {
        this.#gap = null;
        this.#hint();
      });
  }

  #hint(): void {
    this.#isHinted = true;
    this.#wake();
  }

  async #nap(): Promise<void> {
    if (!this.#isHinted) {
      await new Promise<void>((resolve) => {
        const timer = Number.isFinite(this.#pollMs) ? this.#engine.clock.setTimer(this.#pollMs, resolve) : undefined;
        this.#wake = () => {
          timer?.cancel();
          resolve();
        };
      });
    }
    this.#isHinted = false;
  }

  #setAlarm(at: number): void {
    if (this.#alarm !== null && this.#alarm.at <= at) return;
    this.#alarm?.cancel();
    const timer = this.#engine.clock.setTimer(Math.max(0, at - this.#engine.clock.now()), () => {
      this.#alarm = null;
      this.#hint();
    });
    this.#alarm = { at, cancel: () => timer.cancel() };
  }

  #setNextAlarm(): void {
    if (this.#alarm !== null) return;
    let earliest = Number.POSITIVE_INFINITY;
    for (const { wakeAt } of this.#parked.values()) if (wakeAt !== null && wakeAt < earliest) earliest = wakeAt;
    // An orphan's grace ends without any notification.
    if (this.#servings.size > 0 && !Number.isFinite(this.#pollMs))
      earliest = Math.min(earliest, this.#sweptAt + this.#sweepMs);
    // Due by this process's clock and not yet by the database's: asked again soon, but not without pause.
    if (Number.isFinite(earliest)) this.#setAlarm(Math.max(earliest, this.#engine.clock.now() + SKEW_MS));
  }
}

/** The first few, without a copy of all: parked runs may be many, and this is done every second. */
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
