/** The interface of attempts: the steps in which flows, tasks and recorded waits differ. The common steps are in `attempts.ts`. */
import type { FlowRunRecord, Proposal, State, StateName, TaskRunRecord, Verdict } from '@millrace/kernel';
import type { RunPermit as Permit, Permit as PermitHolder, Run } from '../runs/model.ts';
import type { Attempt } from './body.ts';
import type { TaskCall } from './task-call.ts';

/** Slots that a run holds while its body is at work. */
export interface AttemptSlots {
  /** Resolves when they are free. May be called twice. */
  release(): Promise<void>;
  /** The body has ended: slots that the record of the end needs no more are released with its commit. */
  bodyEnded(): void;
  /** A permit that lends the slots out together with the permit given. */
  permitOver(permit: PermitHolder | null): PermitHolder | null;
}

/** The attempts at one run. */
export interface Attempts {
  readonly run: Run;
  readonly record: FlowRunRecord | TaskRunRecord;
  readonly permit: Permit | null;
  /** Whether an earlier execution started the run. */
  readonly isResumed: boolean;
  /** Whether a body was called in these attempts. */
  hasCalled: boolean;
  /** The task's call; null = a flow, or it is not identified yet. */
  readonly call: TaskCall | null;

  // How RUNNING is proposed.
  enterRunning(): Verdict;
  /** The cancellation that the rules refused RUNNING for. @throws for any other refusal */
  cancellationBehind(refusal: Refusal): { readonly reason: string };

  // Which slots it needs; null = none.
  acquireSlots(): Promise<AttemptSlots | null> | null;

  // The body that is called.
  prepare(): Promise<void> | undefined;
  body(permit: PermitHolder | null): Attempt;
  bodyEnded(): void;

  // How it is retried.
  isRetriable(error: unknown): boolean | Promise<boolean>;
  failureState(failure: Failure & { readonly retriable: boolean }): State;
  beforeRetry(error: unknown): Promise<void> | undefined;

  // How its end is committed.
  propose(proposal: Proposal, outcome: string | null): Verdict | Promise<Verdict>;
  committed(): Promise<void> | undefined;
  /** Stores the value under the cache key that the body computed, or releases the key where there is no value. */
  endCaching(outcome: string | null): Promise<void> | undefined;
}

/** A verdict by which a run does not enter RUNNING. */
export type Refusal = Extract<Verdict, { status: 'REJECT' | 'ABORT' }>;

/** A failed attempt. */
export interface Failure {
  readonly error: unknown;
  /** The name of the state; default Failed. */
  readonly name?: StateName;
}
