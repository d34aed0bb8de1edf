/** The flow runs that this process holds now, by id. */
import type { Activity } from '../session/activity.ts';
import type { RunExecution } from './run-execution.ts';

export class ExecutionTable {
  readonly #byId = new Map<string, RunExecution>();
  readonly #activity: Activity;

  constructor(activity: Activity) {
    this.#activity = activity;
  }

  get ids(): readonly string[] {
    return [...this.#byId.keys()];
  }

  get(flowRunId: string): RunExecution | undefined {
    return this.#byId.get(flowRunId);
  }

  add(flowRunId: string, execution: RunExecution): void {
    this.#byId.set(flowRunId, execution);
    this.#activity.enter();
  }

  /** Forgets this execution; one that took its place stays. */
  remove(flowRunId: string, execution: RunExecution): void {
    if (this.#byId.get(flowRunId) !== execution) return;
    this.#byId.delete(flowRunId);
    this.#activity.leave();
  }
}
