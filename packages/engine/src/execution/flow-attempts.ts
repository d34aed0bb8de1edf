/** The attempts of a flow: the steps in which they differ from those of a task. The common steps are in `attempts.ts`. */
import {
  ConfigurationError,
  type Execution,
  failed,
  type FlowRunRecord,
  moveFor,
  type Proposal,
  running,
  type State,
  StateType,
  type Verdict,
} from '@millrace/kernel';
import { argumentsFor } from '../context/body-arguments.ts';
import { rememberParameters } from '../context/hook-frame.ts';
import { LogLevel, writeLine } from '../context/logger.ts';
import { tagsOf } from '../context/tags.ts';
import { acquireFlowSlot } from '../limits/flow-slot.ts';
import { BodyCalls } from '../runs/body-calls.ts';
import { untilAborted } from '../runs/interruptible-waits.ts';
import type { FlowFrame, FlowRun, Frame, RunPermit as Permit, Permit as PermitHolder } from '../runs/model.ts';
import { PermitPool, WINDOW_SIZE } from '../runs/run-permit.ts';
import { ChildScope } from '../runs/scope.ts';
import { Semaphore } from '../runs/semaphore.ts';
import { messageOf } from '../runs/values.ts';
import type { Attempts, AttemptSlots, Failure } from './attempt-differences.ts';
import { runAttempts, unlessCancelled } from './attempts.ts';
import type { Attempt } from './body.ts';
import { droppedText } from './dropped-parameters.ts';
import type { FlowParameters } from './flow-parameters.ts';
import { handleInterrupt } from './interrupts.ts';
import { noRetryHelps } from './lasting-errors.ts';
import { readRepeated } from './repeated-lines.ts';
import { endError } from './replay.ts';

export interface FlowStartedWith {
  readonly parameters: FlowParameters;
  /** The error that the body's call fails with in its place; null = the parameters are the flow's. */
  readonly refusal: unknown;
  readonly permit: Permit | null;
  readonly isResumed: boolean;
}

/**
 * Runs attempts until the flow has ended, and settles the run.
 *
 * @param permitted resolves when the run has its permit; undefined = it has
 */
export async function attemptFlow(attempts: FlowAttempts, permitted: Promise<void> | undefined): Promise<void> {
  const { run, execution } = attempts;
  execution.onInterrupt((interrupt) => handleInterrupt(run, interrupt));
  try {
    // On record, so that a call that waits for a permit is seen, and ends as what it was.
    if (permitted !== undefined) await unlessCancelled(run, untilAborted(run, permitted));
    await runAttempts(attempts);
  } finally {
    // Also when its end could not be recorded: a process that serves the flow takes it up then.
    if (!run.isEvicted) execution.release();
  }
}

export class FlowAttempts implements Attempts {
  readonly run: FlowRun;
  readonly execution: Execution;
  readonly permit: Permit | null;
  readonly isResumed: boolean;
  readonly call = null;
  hasCalled = false;
  readonly #parameters: FlowParameters;
  readonly #refusal: unknown;
  #frame: Frame | null = null;

  constructor(run: FlowRun, execution: Execution, started: FlowStartedWith) {
    this.run = run;
    this.execution = execution;
    this.permit = started.permit;
    this.isResumed = started.isResumed;
    this.#parameters = started.parameters;
    this.#refusal = started.refusal;
    rememberParameters(run, started.parameters.byName);
  }

  get record(): FlowRunRecord {
    const { record, name } = this.run;
    if (record === null) throw new ConfigurationError(`Flow run '${name}' has no record.`);
    return record;
  }

  enterRunning(): Verdict {
    const { tree, engine } = this.run;
    const move = moveFor(this.record, 'called-again');
    // For the process that takes it up if this one dies.
    const state = running(engine.clock.now(), tree.trustsOrder ? { details: { trustOrder: true } } : undefined);
    return this.execution.queueFlow({ state, by: 'engine', ...(move === undefined ? {} : { move }) });
  }

  cancellationBehind(): { readonly reason: string } {
    const { record } = this;
    if (record.state.type !== StateType.Cancelling) throw endError(record);
    return { reason: record.state.message ?? 'cancelled' };
  }

  acquireSlots(): Promise<AttemptSlots> | null {
    const { concurrency } = this.run.definition;
    return concurrency === null ? null : acquireFlowSlot(this.run, { limit: concurrency, permit: this.permit });
  }

  prepare(): Promise<void> | undefined {
    const { run, record } = this;
    run.repeatLines(null);
    if (this.hasCalled || !this.isResumed) return undefined;
    return readRepeated(run.engine, record).then((lines) => {
      run.repeatLines(lines);
    });
  }

  body(permit: PermitHolder | null): Attempt {
    const { timeoutMs, unobserved } = this.run.definition;
    const frame = this.#frameWith(permit);
    this.#frame = frame;
    if (!this.hasCalled && !this.isResumed) this.#warnOfDropped(frame);
    return { frame, call: () => this.#callBody(frame), timeoutMs, unobserved };
  }

  #frameWith(permit: PermitHolder | null): Frame {
    const { run } = this;
    const { runner, logPrints } = this.run.definition;
    const limit = runner.limit >= WINDOW_SIZE ? null : new Semaphore(runner.limit);
    const flow: FlowFrame = {
      run,
      permits: new PermitPool(new Semaphore(WINDOW_SIZE), limit),
      parameters: this.#parameters.byName,
    };
    return {
      runtime: run.runtime,
      run,
      scope: new ChildScope(),
      flow,
      childScope: '',
      calls: new BodyCalls(),
      tags: tagsOf(run),
      logPrints: logPrints ?? run.caller?.logPrints ?? false,
      transaction: run.caller?.transaction ?? null,
      permit,
    };
  }

  #warnOfDropped(frame: Frame): void {
    const { dropped } = this.#parameters;
    if (dropped.length === 0) return;
    writeLine(frame, { level: LogLevel.warning, text: droppedText(this.run.definition, dropped), print: true });
  }

  #callBody(frame: Frame): unknown {
    if (this.#refusal !== null) throw this.#refusal;
    const body = this.run.definition.body as (...given: readonly unknown[]) => unknown;
    return body(...argumentsFor(this.run.definition, this.#parameters.args, frame));
  }

  bodyEnded(): void {}

  isRetriable(error: unknown): boolean {
    return !noRetryHelps(error);
  }

  failureState({ error, name, retriable }: Failure & { readonly retriable: boolean }): State {
    const { run } = this;
    const message = messageOf(error);
    const state = failed(run.engine.clock.now(), { message, retriable, ...(name === undefined ? {} : { name }) });
    const parentAttempt = run.caller?.flow?.run.record?.runCount;
    return parentAttempt === undefined ? state : { ...state, details: { ...state.details, parentAttempt } };
  }

  async beforeRetry(error: unknown): Promise<void> {
    const text = `${messageOf(error)} - retry ${this.record.runCount} of ${this.run.definition.retries}`;
    if (this.#frame !== null) writeLine(this.#frame, { level: LogLevel.warning, text, print: true });
    await this.execution.reread();
  }

  propose(proposal: Proposal, outcome: string | null): Promise<Verdict> {
    return this.execution.proposeFlow(proposal, outcome);
  }

  /** A flow run's proposal resolves with its commit. */
  committed(): undefined {}

  endCaching(): undefined {}
}
