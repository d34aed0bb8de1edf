/** The ledger's port for code that does not own the runs: the command line, handles, `resume`, `rerun`. */
import type { FlowRunPatch, TaskRunPatch } from '../runs/amendments.ts';
import type { FlowRunRecord } from '../runs/flow-run.ts';
import type { Orphan } from '../runs/orphan.ts';
import type { WaitReason } from '../states/state.ts';
import type { TaskRunRecord } from '../runs/task-run.ts';
import type { Proposal, Verdict } from '../transitions/proposal.ts';
import type { MergedReport, TaskRunReport } from '../transitions/report.ts';
import type { FlowRunFilter, TaskRunFilter } from '../filters/named-conditions.ts';
import type { FlowRunInit, LogLine } from './run-requests.ts';

/** Reading and moving runs from outside: the CLI, handles, `resume`, `rerun`. Ids may be given as unique prefixes. */
export interface Runs {
  flowRun(id: string): Promise<FlowRunRecord | undefined>;
  taskRun(id: string): Promise<TaskRunRecord | undefined>;
  flowRuns(filter: FlowRunFilter): Promise<readonly FlowRunRecord[]>;
  taskRuns(filter: TaskRunFilter): Promise<readonly TaskRunRecord[]>;
  /** Those of the runs that have lost their process, by id. Reads only. */
  orphans(runs: readonly (FlowRunRecord | TaskRunRecord)[]): Promise<ReadonlyMap<string, Orphan>>;
  /** The waits of those of the flow runs that have not ended, by id; one that is at work is not there. Reads only. */
  waits(runs: readonly FlowRunRecord[]): Promise<ReadonlyMap<string, WaitReason>>;
  /** Counts by state type (and name), for wide maps. */
  countTaskRuns(
    filter: TaskRunFilter,
  ): Promise<
    readonly { readonly taskKey: string; readonly type: string; readonly name: string; readonly count: number }[]
  >;
  outcome(record: FlowRunRecord | TaskRunRecord): Promise<string | null>;
  logs(filter: {
    readonly flowRunId?: string;
    readonly rootFlowRunId?: string;
    readonly taskRunId?: string;
    readonly minLevel?: number;
    readonly after?: number;
    readonly limit?: number;
  }): Promise<readonly (LogLine & { readonly sequence: number })[]>;
  /**
   * Records a run that a process which serves its flow begins: durable when it resolves. With an idempotency key that is taken, the
   * run that has it comes back.
   */
  enqueue(init: FlowRunInit): Promise<FlowRunRecord>;
  /** A proposal from outside (cancel, resume). */
  propose(flowRunId: string, proposal: Proposal): Promise<Verdict>;
  /** A proposal for a task run of a client. Those that this engine runs are decided by the process that holds them. */
  proposeTask(taskRunId: string, proposal: Proposal): Promise<Verdict>;
  /**
   * Changes facts of the run beside its state, and answers it as it is now recorded. A process that owns it reads it again before its
   * next write. Throws RunNotFound.
   */
  amend(flowRunId: string, patch: FlowRunPatch): Promise<FlowRunRecord>;
  /** As `amend`, for a task run; the name of one that this engine runs stays its process's to write. Throws RunNotFound. */
  amendTask(taskRunId: string, patch: TaskRunPatch): Promise<TaskRunRecord>;
  /** Merges states of task runs that other processes report; the position of each in its run's record. Durable when it resolves. */
  report(reports: readonly TaskRunReport[]): Promise<readonly (MergedReport['position'] | 'refused')[]>;
  /** Ends task runs that a client's flow run left open when it ended at least so long ago; their ids, at most a page. */
  reconcile(graceMs: number): Promise<readonly string[]>;
  sendSignal(
    flowRunId: string,
    signal: { readonly name: string; readonly payload: string; readonly idempotencyKey?: string },
  ): Promise<void>;
  /** A new run with what completed and does not come after the first run of `from`, or with all that completed; else with none. */
  fork(
    flowRunId: string,
    options: {
      readonly id: string;
      readonly name: string;
      readonly from?: string;
      readonly failed?: boolean;
      readonly parameters?: string;
      readonly parametersUnchecked?: boolean;
    },
  ): Promise<FlowRunRecord>;
  /** The run, its children and all that hangs on them. Refused while a live process holds it. */
  remove(flowRunId: string): Promise<boolean>;
}
