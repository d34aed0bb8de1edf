/** The flow runs that this process owns now, by id. */
import type { FlowRunRecord } from '@millrace/kernel';
import type { Activity } from '../session/activity.ts';
import type { OwnedRuns } from '../state/ledger-context.ts';

/** An execution, as far as those who watch over it see it. */
export interface WatchedExecution {
  readonly flowRun: FlowRunRecord | null;
  notice(stored: FlowRunRecord): void;
  lose(cause: unknown): void;
}

export class ExecutionTable implements OwnedRuns {
  readonly #byId = new Map<string, WatchedExecution>();
  readonly #reserved = new Set<string>();
  readonly #activity: Activity;

  constructor(activity: Activity) {
    this.#activity = activity;
  }

  get ids(): readonly string[] {
    return [...this.#byId.keys()];
  }

  get(flowRunId: string): WatchedExecution | undefined {
    return this.#byId.get(flowRunId);
  }

  runs(flowRunId: string): boolean {
    return this.#byId.has(flowRunId);
  }

  owns(flowRunId: string): boolean {
    return this.#byId.has(flowRunId) || this.#reserved.has(flowRunId);
  }

  reserve(flowRunId: string): void {
    this.#reserved.add(flowRunId);
  }

  unreserve(flowRunId: string): void {
    this.#reserved.delete(flowRunId);
  }

  add(flowRunId: string, execution: WatchedExecution): void {
    this.#byId.set(flowRunId, execution);
    this.#activity.enter();
  }

  /** Forgets this execution; one that took its place stays. */
  remove(flowRunId: string, execution: WatchedExecution): void {
    if (this.#byId.get(flowRunId) !== execution) return;
    this.#byId.delete(flowRunId);
    this.#activity.leave();
  }
}
