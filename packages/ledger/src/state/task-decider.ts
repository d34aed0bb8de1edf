/**
 * Decides on task runs in memory, because the owner's record is the truth while its fencing token is valid.
 *
 * The hottest path: three calls a task run. It allocates a record, its states and the verdicts, but no promise.
 */
import {
  applyChanges,
  attemptsOf,
  type DecisionContext,
  decide,
  type FlowRunRecord,
  firedPauseKeys,
  isTerminalType,
  type Proposal,
  type RunSnapshot,
  type State,
  StateType,
  type TaskRunRecord,
  type Verdict,
} from '@millrace/kernel';
import { changesOf, takeOutcome } from './run-changes.ts';

type Changing<T> = { -readonly [K in keyof T]: T[K] };

const noKeys: readonly string[] = [];

/** Decides on one task run after the other; keeps one snapshot for all of them. */
export class TaskDecider {
  readonly #snapshot: Changing<RunSnapshot> = {
    kind: 'task',
    state: null,
    runCount: 0,
    attempt: 0,
    policy: { retries: 0, retryDelaysMs: [], retryJitter: null },
    pauseKeys: noKeys,
    hasResult: false,
    flowStateType: null,
    parent: null,
    holder: 'session',
    driver: 'engine',
    needs: null,
  };
  readonly #context: Changing<DecisionContext>;
  readonly #now: () => number;

  constructor(now: () => number, random: () => number) {
    this.#now = now;
    this.#context = { now: 0, random };
  }

  /** Returns the verdict, after writing its changes into the record. */
  propose(
    task: { readonly record: TaskRunRecord; readonly flowRun: FlowRunRecord | null },
    proposal: Proposal,
    outcome: string | null | undefined,
  ): Verdict {
    const { record, flowRun } = task;
    const { type } = proposal.state;
    const snapshot = this.#snapshot;
    snapshot.state = record.state;
    snapshot.runCount = record.runCount;
    snapshot.attempt = type === StateType.Failed || type === StateType.Crashed ? attemptsOf(record) : record.runCount;
    snapshot.pauseKeys = type === StateType.Paused ? firedPauseKeys(record) : noKeys;
    snapshot.hasResult = record.outcome !== null;
    snapshot.flowStateType = flowRun === null ? null : flowRun.state.type;
    this.#context.now = this.#now();
    const verdict = decide(snapshot, proposal, this.#context);
    const changes = changesOf(verdict);
    if (changes === undefined) return verdict;
    const previous = record.state;
    applyChanges(record, changes);
    takeOutcome(record, proposal, outcome);
    followState(record, previous, flowRun);
    return verdict;
  }
}

/** Sets the columns that follow from the new state. */
function followState(record: TaskRunRecord, previous: State, flowRun: FlowRunRecord | null): void {
  const { type, details } = record.state;
  if (type === StateType.Running) {
    if (flowRun !== null) record.flowRunCount = flowRun.runCount;
    if (record.kind === 'task' || record.kind === 'step') record.wakeAt = null;
    if (isTerminalType(previous.type)) record.outcome = null;
  } else if (type === StateType.Scheduled) {
    record.wakeAt = details?.scheduledAt ?? null;
  }
}
