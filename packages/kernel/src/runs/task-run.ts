/**
 * The record of a task run, and of the other recorded calls of a body: steps, sleeps, signal waits and pauses.
 *
 * One row each. Only the holder of the enclosing flow run's lease writes it, under that run's token; there is no guard of
 * its own. A run outside any flow is written by the session that began it. Records are mutated by their holder and written
 * as they are at the commit.
 */
import type { Json } from '../states/json.ts';
import type { State } from '../states/state.ts';
import type { RetryPolicy } from './flow-run.ts';

/** The kind of call that a record stands for. All but `task` are the engine's own. */
export type TaskRunKind = 'task' | 'step' | 'sleep' | 'signal' | 'pause';

/** One edge of the graph: this run's input came from that run. `name` is the parameter, or `waitFor`. */
export interface TaskRunInput {
  readonly name: string;
  readonly runId: string;
}

/** Facts of a task run that a client reports, and no list filters by. */
export type TaskRunDetails = Readonly<Record<string, Json>>;

/**
 * A task run, or another recorded call of a body. Instants are epoch milliseconds, with fractions down to a microsecond. Its
 * `kind` is never `flow`, which tells it from a flow run.
 */
export interface TaskRunRecord {
  readonly id: string;
  name: string;
  readonly kind: TaskRunKind;
  /** The flow run whose scope it is in; null = a task called outside any flow. */
  readonly flowRunId: string | null;
  /**
   * Outside any flow: the session of the process that runs it. null = the flow run's session holds it, or that process is
   * gone.
   */
  readonly sessionId: string | null;
  /** The task run that called it; null = called by a flow body or from outside. */
  readonly parentTaskRunId: string | null;
  readonly taskKey: string;
  /** Its place under its parent (see keys/replay-key.ts). Changes once, when a call that was NotReady gets its inputs. */
  replayKey: string;
  state: State;
  /** Earlier states, oldest first; the current one is not in it. */
  history: State[];
  /** How often its body was started by first run or retry. A crash recovery doesn't count. */
  runCount: number;
  /** The flow run's runCount when this run last started: sets a failure of this attempt apart from one of an earlier. */
  flowRunCount: number;
  /** Encoded arguments (codec text); null = not kept (too large, or not storable). Set again as `replayKey` is. */
  parameters: string | null;
  inputs: readonly TaskRunInput[];
  /** Encoded value (COMPLETED) or encoded SerializedError (FAILED, CRASHED, CANCELLED); null = none or not persisted. */
  outcome: string | null;
  cacheKey: string | null;
  readonly tags: readonly string[];
  /** The client's own key of this call within its flow run and task; null = it was called by this engine. */
  readonly dynamicKey: string | null;
  /** Of a run that a client reports: its retries. null = this engine's, which knows them from the task. */
  readonly retryPolicy: RetryPolicy | null;
  readonly details: TaskRunDetails | null;
  readonly createdAt: number;
  startAt: number | null;
  endAt: number | null;
  runTimeMs: number;
  /** sleep, signal, pause and AwaitingRetry: when it is due (epoch ms); null = nothing due. */
  wakeAt: number | null;
}
