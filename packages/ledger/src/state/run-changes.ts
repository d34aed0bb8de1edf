/**
 * Makes the snapshot that the rules see from a stored run, and writes a verdict back into the row with the columns that follow from
 * the new state.
 */
import {
  applyChanges,
  attemptsOf,
  type FlowRunRecord,
  firedPauseKeys,
  isNotReady,
  isTerminalType,
  type Proposal,
  type RetryPolicy,
  type RunChanges,
  type RunHolder,
  type RunSnapshot,
  type StateDetails,
  StateType,
  type TaskRunRecord,
  type Verdict,
  type WaitReason,
} from '@millrace/kernel';

/** A flow run as the rules see it. */
export function flowSnapshot(run: FlowRunRecord, holder: RunHolder, to: StateType): RunSnapshot {
  return {
    kind: 'flow',
    state: run.state,
    runCount: run.runCount,
    attempt: to === StateType.Failed ? attemptsOf(run) : run.runCount,
    policy: run.policy,
    pauseKeys: to === StateType.Paused ? firedPauseKeys(run) : none,
    hasResult: run.outcome !== null,
    flowStateType: null,
    parent: null,
    holder,
    driver: run.driver,
    needs: null,
  };
}

/** A task run that a client drives, as the rules see it. */
export function clientTaskSnapshot(
  run: TaskRunRecord,
  about: Pick<RunSnapshot, 'flowStateType' | 'holder' | 'needs'>,
): RunSnapshot {
  return {
    kind: 'task',
    state: run.state,
    runCount: run.runCount,
    attempt: attemptsOf(run),
    policy: run.retryPolicy ?? noRetries,
    pauseKeys: firedPauseKeys(run),
    hasResult: run.state.type === StateType.Completed && run.state.data !== undefined,
    parent: null,
    driver: 'client',
    ...about,
  };
}

const noRetries: RetryPolicy = { retries: 0, retryDelaysMs: [], retryJitter: null };

const none: readonly string[] = [];

/** The changes that a verdict writes; undefined = none. */
export function changesOf(verdict: Verdict): RunChanges | undefined {
  if (verdict.status === 'ACCEPT') return verdict.changes;
  return verdict.status === 'REJECT' ? (verdict.changes ?? undefined) : undefined;
}

/** Writes the verdict's changes into the record, with what follows from the new state. */
export function enterState(run: FlowRunRecord, changes: RunChanges): void {
  const wasTerminal = isTerminalType(run.state.type);
  applyChanges(run, changes);
  const { type, details } = run.state;
  run.waiting = isTerminalType(type) ? null : waitReason(type, details);
  // No process of this engine takes up the run of a client.
  run.wakeAt = run.driver === 'client' ? null : wakeTime(run);
  if (isTerminalType(type)) run.sessionId = null;
  else if (isNotReady(run.state)) {
    // It never starts, so no session owns it and no process takes it up.
    run.sessionId = null;
    run.wakeAt = null;
  }
  if (wasTerminal) run.outcome = null;
}

function waitReason(type: StateType, details: StateDetails | null): WaitReason | null {
  if (details?.reason !== undefined) return details.reason;
  if (type === StateType.Scheduled && details?.scheduledAt !== undefined) {
    return { kind: 'scheduled', until: details.scheduledAt };
  }
  if (type !== StateType.Paused) return null;
  return { kind: 'input', key: details?.pauseKey ?? '', until: details?.pauseTimeoutAt ?? null };
}

/** When an unowned run is to be taken up. A run that ended because its process was gone is, while it has crash retries left. */
function wakeTime({ state: { type, at, details }, crashCount, policy }: FlowRunRecord): number | null {
  if (type === StateType.Crashed)
    return details?.reason?.kind === 'orphaned' && crashCount <= policy.crashRetries ? at : null;
  if (type === StateType.Scheduled || type === StateType.Pending) return details?.scheduledAt ?? at;
  return type === StateType.Paused ? (details?.pauseTimeoutAt ?? null) : null;
}

/** Stores the outcome, unless the rules chose another state than the proposed one. */
export function takeOutcome(
  run: { state: { readonly type: StateType }; outcome: string | null },
  proposal: Proposal,
  outcome: string | null | undefined,
): void {
  if (outcome !== undefined && run.state.type === proposal.state.type) run.outcome = outcome;
}
