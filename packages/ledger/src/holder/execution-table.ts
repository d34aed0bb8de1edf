/** The table of the flow runs that this process owns, by id. */
import type { FlowRunRecord } from '@millrace/kernel';
import type { OwnedRun } from '../journal/journal.ts';
import type { Activity } from '../session/activity.ts';

/** An execution, as far as the interrupt watch knows it. */
export interface WatchedExecution {
  readonly flowRun: FlowRunRecord | null;
  handleStored(stored: FlowRunRecord): void;
  fail(cause: unknown): void;
}

export class ExecutionTable {
  readonly #byId = new Map<string, WatchedExecution>();
  readonly #activity: Activity;

  constructor(activity: Activity) {
    this.#activity = activity;
  }

  get ids(): readonly string[] {
    return [...this.#byId.keys()];
  }

  /** The runs whose rows are committed, as a heartbeat names them. */
  owned(): readonly OwnedRun[] {
    const owned: OwnedRun[] = [];
    for (const { flowRun } of this.#byId.values()) {
      if (flowRun === null || flowRun.revision === '') continue;
      owned.push({ flowRunId: flowRun.id, fencingToken: flowRun.token, revision: flowRun.revision });
    }
    return owned;
  }

  get(flowRunId: string): WatchedExecution | undefined {
    return this.#byId.get(flowRunId);
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
