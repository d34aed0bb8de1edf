/**
 * Notices what others did to the runs of this process: a cancellation, a suspension, or that they are somebody else's now.
 *
 * A look reads only what was interrupted. It is taken after a hint of the store, and each `pollMs` where hints fail; only
 * while runs are held, so that a program that is done can end.
 */
import { type Clock, isStoreGone, StaleExecution, type TimerHandle } from '@millrace/kernel';
import type { FlowRunHead, Store } from '@millrace/store';
import type { Activity } from '../session/activity.ts';
import type { Session } from '../session/session.ts';
import type { ExecutionTable, WatchedExecution } from './execution-table.ts';

export interface InterruptWatchOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly session: Session;
  readonly executions: ExecutionTable;
  readonly activity: Activity;
  /** Infinity = only when told. */
  readonly pollMs: number;
}

/** Hints closer together than this are one look. */
const hintGapMs = 50;
const pageSize = 500;

export class InterruptWatch {
  readonly #options: InterruptWatchOptions;
  #timer: TimerHandle | null = null;
  #hints: { close(): void } | null = null;
  #hinted = false;
  #looking: Promise<void> | null = null;

  constructor(options: InterruptWatchOptions) {
    this.#options = options;
    options.activity.onChange({ begin: () => this.#arm(options.pollMs), end: () => this.#disarm() });
    options.session.onReopened(() => void this.#lookForLost({ isMissingLost: true }).catch(() => {}));
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
      this.#hints ??= this.#options.store.watch((hint) => {
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
    const { store, session, executions } = this.#options;
    // A heartbeat in another thread can't say that it came too late.
    if (!(await store.read((transaction) => session.isKept(transaction)))) await session.extend();
    let after: string | undefined;
    do {
      const from = after === undefined ? {} : { after };
      const heads: readonly FlowRunHead[] = await store.read((transaction) =>
        transaction.flowRuns.heldBy(session.id, { interrupted: true, limit: pageSize, ...from }),
      );
      for (const head of heads) {
        const execution = executions.get(head.id);
        if (execution !== undefined && head.revision !== execution.flowRun?.revision)
          await this.#notice(execution, head.id);
      }
      after = heads.length < pageSize ? undefined : heads.at(-1)?.id;
    } while (after !== undefined);
    // A row that is not there may be one that this process is about to commit.
    await this.#lookForLost({ isMissingLost: false });
  }

  /** The live record is left alone: its next write is refused and decided again on the stored row. */
  async #notice(execution: WatchedExecution, flowRunId: string): Promise<void> {
    const stored = await this.#options.store.read((transaction) => transaction.flowRuns.get(flowRunId));
    if (execution.flowRun !== null && stored !== undefined) execution.notice(stored);
  }

  /** A body that writes nothing for an hour would work for nothing until then. */
  #loseAll(cause: Error): void {
    const { executions } = this.#options;
    for (const id of executions.ids) executions.get(id)?.lose(cause);
  }

  /** Runs that somebody took up, or ended, in this process's place. */
  async #lookForLost({ isMissingLost }: { readonly isMissingLost: boolean }): Promise<void> {
    const { store, executions } = this.#options;
    const { ids } = executions;
    for (let start = 0; start < ids.length; start += pageSize) {
      const slice = ids.slice(start, start + pageSize);
      const heads = await store.read((transaction) => transaction.flowRuns.heads(slice));
      const tokens = new Map(heads.map((head) => [head.id, head.token]));
      for (const id of slice) {
        const execution = executions.get(id);
        const run = execution?.flowRun;
        if (execution === undefined || !run || run.revision === '' || tokens.get(id) === run.token) continue;
        if (!tokens.has(id) && !isMissingLost) continue;
        execution.lose(new StaleExecution({ flowRunId: id, token: run.token }));
      }
    }
  }
}
