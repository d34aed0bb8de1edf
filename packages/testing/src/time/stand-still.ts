/**
 * Detects that a test engine stands still: virtual time does not advance, and every run waits for it. Without this a test that awaits
 * `run()` would end with the test runner's timeout.
 *
 * Work of a body outside the engine, such as a request or a file, is invisible here. So the watch reports only after a second of real
 * time without any step, and rejects `run()` only if the engine knows that every run waits for virtual time.
 */
import { type StandingRun, standingRuns } from '@millrace/engine/internal';
import { VirtualTimeStalled, type WaitReason } from '@millrace/kernel';
import type { Engine } from '@millrace/engine';
import { setRealTimer, warn } from '../adapters/machine.ts';

const CHECK_MS = 100;
/** The number of checks without a step before a report. */
const STILL_CHECKS = 10;

/** The engine from the watch's point of view. */
export interface Watched {
  /** Changes with each step: a call of the store, a timer, an advance of time, a call by the test. */
  activity(): string;
  /** Whether some `run()` has not ended. */
  isOpen(): boolean;
  /** The present process; null after a crash without a restart. */
  engine(): Engine | null;
  now(): number;
  /** The recorded reason why an evicted flow run waits. */
  recorded(flowRunId: string): Promise<WaitReason | null>;
  settle(): Promise<void>;
  /** Rejects the promises that are awaited; false if none is. */
  reject(error: Error): boolean;
}

/** A promise that knows whether its outcome is awaited. */
export class AwaitedPromise<T> extends Promise<T> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }
  isAwaited = false;

  override then<TValue = T, TError = never>(
    onValue?: ((value: T) => TValue | PromiseLike<TValue>) | null,
    onError?: ((error: unknown) => TError | PromiseLike<TError>) | null,
  ): Promise<TValue | TError> {
    this.isAwaited = true;
    return super.then(onValue, onError);
  }
}

export class StandStillWatch {
  readonly #watched: Watched;
  #timer: { cancel(): void } | null = null;
  #before = '';
  #stillChecks = 0;
  #warnedAt = '';

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** Checks periodically while a run is unfinished. */
  start(): void {
    if (this.#timer === null) this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #arm(): void {
    // After the report the process may end.
    this.#timer = setRealTimer(CHECK_MS, () => void this.#check(), { keepsAlive: this.#warnedAt === '' });
  }

  async #check(): Promise<void> {
    const watched = this.#watched;
    if (!watched.isOpen()) {
      this.#timer = null;
      return;
    }
    const activity = watched.activity();
    this.#stillChecks = activity === this.#before ? this.#stillChecks + 1 : 0;
    this.#before = activity;
    if (this.#stillChecks >= STILL_CHECKS && this.#warnedAt !== activity) {
      await watched.settle();
      if (watched.activity() === activity && watched.isOpen()) await this.#report(activity);
    }
    if (this.#timer !== null) this.#arm();
  }

  async #report(activity: string): Promise<void> {
    const { isCertain, waits } = await this.#waits();
    if (waits.length === 0) return;
    this.#warnedAt = activity;
    const error = new VirtualTimeStalled({ waits });
    // The watch's own reads are not steps.
    this.#before = this.#watched.activity();
    this.#warnedAt = this.#before;
    if (isCertain && this.#watched.reject(error)) return;
    warn(`millrace/testing: ${error.message}\n`);
  }

  async #waits(): Promise<{ readonly isCertain: boolean; readonly waits: readonly string[] }> {
    const engine = this.#watched.engine();
    if (engine === null)
      return { isCertain: true, waits: ['the simulated process has died: engine.restart() starts another'] };
    const { runs, isCertain } = standingRuns(engine);
    const waits: string[] = [];
    for (const standing of runs.slice(0, 20)) waits.push(await this.#describe(standing));
    return { isCertain, waits };
  }

  async #describe({ run, flow, reason: known }: StandingRun): Promise<string> {
    const reason = known ?? (await this.#watched.recorded(run.id));
    const of = `${flow.definition.kind} '${flow.definition.name}' (run '${flow.name}')`;
    if (reason === null) return `${of} waits`;
    switch (reason.kind) {
      case 'other':
        return `${of} waits for ${reason.why}`;
      case 'sleep':
        return `${of} sleeps until ${this.#due(reason.until)}`;
      case 'retry':
      case 'scheduled':
        return `${of} goes on with '${run.definition.name}' at ${this.#due(reason.until)}`;
      case 'signal':
        return `${of} waits for signal '${reason.name}': sendSignal('${flow.id}', '${reason.name}', ...)${this.#orDue(reason.until)}`;
      case 'input':
        return `${of} is paused (key '${reason.key}'): resume('${flow.id}', ...)${this.#orDue(reason.until)}`;
      case 'limit':
        return `${of} waits for a slot of '${reason.name}', held by ${reason.heldBy.join(', ') || 'a run that is not known'}`;
      default:
        return `${of} waits (${reason.kind})`;
    }
  }

  #orDue(until: number | null): string {
    return until === null ? '' : `, or its timeout at ${this.#due(until)}`;
  }

  #due(at: number): string {
    return `${new Date(at).toISOString()}: engine.advance(${durationText(Math.max(0, at - this.#watched.now()))})`;
  }
}

function durationText(ms: number): string {
  for (const [unit, unitMs] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const)
    if (ms >= unitMs && ms % unitMs === 0) return `'${ms / unitMs}${unit}'`;
  return String(Math.ceil(ms));
}
