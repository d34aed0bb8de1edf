/** The attempts of a task: the steps in which they differ from those of a flow. The common steps are in `attempts.ts`. */
import {
  ConfigurationError,
  crashed,
  type Execution,
  failed,
  moveFor,
  type Proposal,
  RunCrashed,
  RunFailed,
  running,
  type State,
  StateType,
  type TaskRunRecord,
  type Verdict,
} from '@millrace/kernel';
import { callBeside } from '../context/hook-frame.ts';
import { tagsOf } from '../context/tags.ts';
import { acquireTagSlots } from '../limits/tag-slots.ts';
import { settledInTime } from '../runs/callbacks.ts';
import { withinGrace } from '../runs/interruptible-waits.ts';
import type { RunPermit as Permit, Permit as PermitHolder, TaskRun } from '../runs/model.ts';
import { viewOf } from '../runs/run-view.ts';
import { TaskFrame } from '../runs/task-frame.ts';
import { messageOf } from '../runs/values.ts';
import type { Attempts, AttemptSlots, Failure, Refusal } from './attempt-differences.ts';
import type { Attempt } from './body.ts';
import { callWithCache, endCaching, isolationOf } from './cached-call.ts';
import { warnOfChangedArguments } from './changed-arguments.ts';
import { noRetryHelps } from './lasting-errors.ts';
import type { TaskCall } from './task-call.ts';
import { endUnready } from './unready-calls.ts';

export class TaskAttempts implements Attempts {
  readonly run: TaskRun;
  permit: Permit | null = null;
  call: TaskCall | null = null;
  /** A task outside any flow can't be taken up, and one in a flow is on record with its flow. */
  readonly isResumed = false;
  hasCalled = false;
  #frame: TaskFrame | null = null;

  constructor(run: TaskRun) {
    this.run = run;
  }

  get record(): TaskRunRecord {
    const { record, name } = this.run;
    if (record === null) throw new ConfigurationError(`Task run '${name}' has no record.`);
    return record;
  }

  get #execution(): Execution {
    const { execution, name } = this.run;
    if (execution === null) throw new ConfigurationError(`Task run '${name}' has no execution.`);
    return execution;
  }

  enterRunning(): Verdict {
    const { run, record } = this;
    const move = moveFor(record, 'called-again');
    const state = running(run.engine.clock.now());
    const proposal: Proposal = move === undefined ? { state, by: 'engine' } : { state, by: 'engine', move };
    const verdict = this.#execution.proposeTask(record, proposal);
    const flow = run.caller?.flow;
    if (verdict.status === 'ACCEPT' && flow != null) record.flowRunCount = flow.run.record?.runCount ?? 1;
    return verdict;
  }

  cancellationBehind({ reason }: Refusal): { readonly reason: string } {
    const { run } = this;
    const flowState = run.caller?.flow?.run.record?.state;
    if (flowState?.type === StateType.Cancelling)
      return { reason: flowState.message ?? 'its flow run is being cancelled' };
    const message = `Task run '${run.name}' could not start: ${reason}`;
    throw new RunFailed({ runId: run.id, runName: run.name, message });
  }

  acquireSlots(): Promise<AttemptSlots | null> | null {
    return this.record.tags.length > 0 ? acquireTagSlots(this.run, this.permit) : null;
  }

  prepare(): undefined {}

  body(permit: PermitHolder | null): Attempt {
    const { run, call } = this;
    if (call === null) throw new ConfigurationError(`Task run '${run.name}' has no call.`);
    const frame = new TaskFrame(run, { permit: permit, tags: tagsOf(run) });
    this.#frame = frame;
    return {
      frame,
      call: () => callWithCache(run, call, frame),
      timeoutMs: run.definition.timeoutMs,
      onBegin: isolationOf(run) === null ? undefined : (start) => frame.startOnBegin(start),
      unobserved: 'fail',
    };
  }

  bodyEnded(): void {
    if (this.#frame === null || this.call === null) return;
    this.#frame.isOver = true;
    warnOfChangedArguments(this.run, this.#frame, this.call);
  }

  async isRetriable(error: unknown): Promise<boolean> {
    const { run } = this;
    const { name, retries, retryWhen } = this.run.definition;
    if (noRetryHelps(error)) return false;
    if (retries === 0 || retryWhen === null) return true;
    const ask = (): boolean | Promise<boolean> => callBeside(run, () => retryWhen(error, viewOf(run)));
    try {
      return Boolean(await withinGrace(run, settledInTime(run.engine, `retryWhen of task '${name}'`, ask)));
    } catch {
      return false;
    }
  }

  failureState({ error, name, retriable }: Failure & { readonly retriable: boolean }): State {
    const { run } = this;
    const at = run.engine.clock.now();
    const message = messageOf(error);
    if (error instanceof RunCrashed && error.details.runId === run.id)
      return crashed(at, message, retriable ? null : { retriable });
    return failed(at, { message, retriable, ...(name === undefined ? {} : { name }) });
  }

  beforeRetry(): undefined {
    endUnready(this.run);
  }

  propose(proposal: Proposal, outcome?: string | null): Verdict {
    const { type } = proposal.state;
    const isFailure = type === StateType.Failed || type === StateType.Crashed;
    return this.#execution.proposeTask(this.record, isFailure ? this.#withPolicy(proposal) : proposal, outcome);
  }

  #withPolicy(proposal: Proposal): Proposal {
    const { retries, retryDelaysMs, retryJitter } = this.run.definition;
    return { ...proposal, policy: { retries, retryDelaysMs, retryJitter } };
  }

  committed(): Promise<void> {
    return this.#execution.committed();
  }

  endCaching(outcome: string | null): Promise<void> | undefined {
    const frame = this.#frame;
    return frame === null || frame.cacheLease === null ? undefined : endCaching(this.run, frame, outcome);
  }
}
