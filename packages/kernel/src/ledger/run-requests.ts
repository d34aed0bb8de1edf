/** The requests of the engine to the ledger: a run to start, lines of log, the wait of a run that is evicted. */
import type { FlowRunDriver, FlowRunPolicy } from '../runs/flow-run.ts';
import type { TaskRunInput, TaskRunKind } from '../runs/task-run.ts';
import type { Proposal } from '../transitions/proposal.ts';

/** The parts of a flow run that is to start. Ids and times are the engine's. */
export interface FlowRunInit {
  readonly id: string;
  readonly name: string;
  readonly flowName: string;
  readonly flowVersion: string | null;
  readonly parentFlowRunId: string | null;
  /** The token of the execution that begins it: a process that lost the parent must not add to it. Default: none. */
  readonly parentToken?: number | null;
  readonly parentTaskRunId: string | null;
  /** null = it is the root itself. */
  readonly rootFlowRunId: string | null;
  readonly replayKey: string | null;
  readonly idempotencyKey: string | null;
  readonly parameters: string;
  readonly tags: readonly string[];
  readonly policy: FlowRunPolicy;
  readonly rerunOf?: string | null;
  /** Default: this engine. */
  readonly driver?: FlowRunDriver;
}

/** The parts of a task run, or of another recorded call, that is to start. */
export interface TaskRunInit {
  readonly id: string;
  readonly name: string;
  readonly kind: TaskRunKind;
  readonly parentTaskRunId: string | null;
  readonly taskKey: string;
  readonly replayKey: string;
  readonly parameters: string | null;
  readonly inputs: readonly TaskRunInput[];
  readonly tags: readonly string[];
  /** sleep, signal, pause: when it is due (epoch ms). */
  readonly wakeAt?: number | null;
}

/** The wait of a run that gives its process back. */
export interface ParkRequest {
  readonly proposal: Proposal;
  readonly wakeAt: number | null;
}

/** One line of log of a run. */
export interface LogLine {
  readonly flowRunId: string | null;
  readonly taskRunId: string | null;
  /** Python's numbers: 10 debug, 20 info, 30 warning, 40 error, 50 critical. */
  readonly level: number;
  readonly logger: string;
  readonly message: string;
  readonly at: number;
}
