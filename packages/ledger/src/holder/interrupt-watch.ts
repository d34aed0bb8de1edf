/**
 * Notices what others did to the runs of this process: a cancellation, a suspension, or that they are somebody else's now.
 *
 * A look reads only what was interrupted. It is taken after a hint of the store, and each `pollMs` where hints fail; only
 * while runs are held, so that a program that is done can end.
 */
import { type Clock, isStoreGone, StaleExecution, type TimerHandle } from '@millrace/kernel';
import type { Journal, SessionVerbs } from '../journal/journal.ts';
import type { Activity } from '../session/activity.ts';
import type { Session } from '../session/session.ts';
import type { ExecutionTable } from './execution-table.ts';

export interface InterruptWatchOptions {
  readonly verbs: SessionVerbs;
  readonly watch: Journal['watch'];
  readonly clock: Clock;
  readonly session: Session;
  readonly executions: ExecutionTable;
  readonly activity: Activity;
  /** Infinity = only when told. */
  readonly pollMs: number;
}

/** Hints closer together than this are one look. */
const hintGapMs = 50;

export class InterruptWatch {
  readonly #options: InterruptWatchOptions;
  #timer: TimerHandle | null = null;
  #hints: { close(): void } | null = null;
  #hinted = false;
  #looking: Promise<void> | null = null;

  constructor(options: InterruptWatchOptions) {
    this.#options = options;
    options.activity.onChange({ begin: () => this.#arm(options.pollMs), end: () => this.#disarm() });
    options.session.onReopened(() => void this.#handle({ isMissingLost: true }).catch(() => {}));
  }

  /** Something was changed from outside by this very process. */
  hint(): void {
    if (this.#hinted || !this.#options.activity.busy) return;
    this.#hinted = true;
    this.#disarm();
    this.#arm(hintGapMs);
  }

  /** One look, joined with one under way. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  close(): void {
    this.#disarm();
    this.#hints?.close();
    this.#hints = null;
  }

  #arm(delayMs: number): void {
    if (this.#timer !== null || !Number.isFinite(delayMs)) return;
    this.#timer = this.#options.clock.setTimer(delayMs, () => {
      this.#timer = null;
      this.#hinted = false;
      // Programs that end before their first look never pay for hints of other processes.
      this.#hints ??= this.#options.watch((hint) => {
        if (hint !== 'own-rows') this.hint();
      });
      this.look()
        .catch((error: unknown) => {
          if (isStoreGone(error)) this.#loseAll(error);
        })
        .finally(() => {
          if (this.#options.activity.busy) this.#arm(this.#options.pollMs);
        });
    });
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  async #look(): Promise<void> {
    const { session } = this.#options;
    // A row that is not there may be one that this process is about to commit.
    const wasLive = await this.#handle({ isMissingLost: false });
    // A heartbeat in another thread can't say that it came too late.
    if (!wasLive && session.isOpen) await session.extend();
  }

  /** Hands on what became of the runs that this process owns. */
  async #handle({ isMissingLost }: { readonly isMissingLost: boolean }): Promise<boolean> {
    const { verbs, session, executions } = this.#options;
    const owned = executions.owned();
    const { wasLive, interrupted, lost, missing } = await verbs.heartbeat({
      sessionId: session.id,
      extend: null,
      owned,
    });
    // The live record is left alone: its next write is refused and decided again on the stored row.
    for (const stored of interrupted) executions.get(stored.id)?.notice(stored);
    const gone = new Set(isMissingLost ? [...lost, ...missing] : lost);
    for (const { flowRunId, fencingToken: token } of owned) {
      const execution = gone.has(flowRunId) ? executions.get(flowRunId) : undefined;
      if (execution?.flowRun?.token === token) execution.lose(new StaleExecution({ flowRunId, token }));
    }
    return wasLive;
  }

  /** A body that writes nothing for an hour would work for nothing until then. */
  #loseAll(cause: Error): void {
    const { executions } = this.#options;
    for (const id of executions.ids) executions.get(id)?.lose(cause);
  }
}
