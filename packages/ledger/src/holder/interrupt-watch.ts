/**
 * Finds changes that other processes made to the runs of this one: a cancellation, a suspension, or a new owner.
 *
 * It reads only interrupted runs, after each notification of the store and every `pollMs`, because a notification may be lost. It works
 * only while this process owns runs, so that a program without work can end.
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
  /** Infinity = only after a notification. */
  readonly pollMs: number;
}

/** Notifications closer together than this are one look. */
const notificationGapMs = 50;

export class InterruptWatch {
  readonly #options: InterruptWatchOptions;
  #timer: TimerHandle | null = null;
  #notifications: { close(): void } | null = null;
  #isNotified = false;
  #looking: Promise<void> | null = null;

  constructor(options: InterruptWatchOptions) {
    this.#options = options;
    options.activity.onChange({ begin: () => this.#arm(options.pollMs), end: () => this.#disarm() });
    options.session.onReopened(() => void this.#handle({ isMissingLost: true }).catch(() => {}));
  }

  /** This process itself changed a run from outside. */
  notify(): void {
    if (this.#isNotified || !this.#options.activity.busy) return;
    this.#isNotified = true;
    this.#disarm();
    this.#arm(notificationGapMs);
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
    this.#notifications?.close();
    this.#notifications = null;
  }

  #arm(delayMs: number): void {
    if (this.#timer !== null || !Number.isFinite(delayMs)) return;
    this.#timer = this.#options.clock.setTimer(delayMs, () => {
      this.#timer = null;
      this.#isNotified = false;
      // Programs that end before their first look never pay for notifications of other processes.
      this.#notifications ??= this.#options.watch((notification) => {
        if (notification !== 'own-rows') this.notify();
      });
      this.look()
        .catch((error: unknown) => {
          if (isStoreGone(error)) this.#failAll(error);
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
    // A missing row may be one that this process is about to commit.
    const wasLive = await this.#handle({ isMissingLost: false });
    // A heartbeat in another thread can't report that it came too late.
    if (!wasLive && session.isOpen) await session.extend();
  }

  /** Interrupts the executions of runs that other processes changed. */
  async #handle({ isMissingLost }: { readonly isMissingLost: boolean }): Promise<boolean> {
    const { verbs, session, executions } = this.#options;
    const owned = executions.owned();
    const { wasLive, interrupted, lost, missing } = await verbs.heartbeat({
      sessionId: session.id,
      extend: null,
      owned,
    });
    // The live record stays as it is: its next write meets a conflict and is retried on the stored row.
    for (const stored of interrupted) executions.get(stored.id)?.handleStored(stored);
    const gone = new Set(isMissingLost ? [...lost, ...missing] : lost);
    for (const { flowRunId, fencingToken: token } of owned) {
      const execution = gone.has(flowRunId) ? executions.get(flowRunId) : undefined;
      if (execution?.flowRun?.token === token) execution.fail(new StaleExecution({ flowRunId, token }));
    }
    return wasLive;
  }

  /** Interrupts all, because a body that writes nothing would otherwise work in vain. */
  #failAll(cause: Error): void {
    const { executions } = this.#options;
    for (const id of executions.ids) executions.get(id)?.fail(cause);
  }
}
