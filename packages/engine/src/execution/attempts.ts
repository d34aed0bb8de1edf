/**
 * The attempts of a run, flow or task: enters RUNNING, calls the body, records its end, and repeats that while the rules grant a retry. The
 * differences between flows and tasks are in their `Attempts`; everything else is here and in `endings.ts`.
 */
import { StateType, WaitCycleError } from '@millrace/kernel';
import { callHooks } from '../context/hooks.ts';
import { holdBack, mayNotStart } from '../runs/drain.ts';
import { pauseWithoutPermit, untilAborted } from '../runs/interruptible-waits.ts';
import type { Run } from '../runs/model.ts';
import type { Attempts, AttemptSlots } from './attempt-differences.ts';
import { runBody } from './body.ts';
import { recordCancelled, recordEnding, recordError } from './endings.ts';

/** Runs attempts until the run has ended, and settles it. */
export async function runAttempts(attempts: Attempts): Promise<void> {
  const { run, permit } = attempts;
  let isSettled = false;
  while (!isSettled) {
    if (run.cancelRequest !== null) {
      await recordCancelled(attempts);
      return;
    }
    if (mayNotStart(run)) await unlessCancelled(run, holdBack(run));
    // A retry's delay is waited for first: a run that waits holds no slot (law 6).
    const waitMs = dueInMs(attempts);
    if (waitMs > 0 && (await unlessCancelled(run, pauseWithoutPermit(permit, run, waitMs))) === null) continue;
    const slots = attempts.acquireSlots();
    isSettled = slots === null ? await attemptOnce(attempts, null) : await attemptWithSlots(attempts, slots);
    if (run.isEvicted) return;
    const again = isSettled ? undefined : permit?.takeWork();
    if (again !== undefined) await unlessCancelled(run, untilAborted(run, again));
  }
}

/** How long it is until the retry's time. */
function dueInMs({ run, record }: Attempts): number {
  const { type, details } = record.state;
  return type === StateType.Scheduled ? (details?.scheduledAt ?? 0) - run.engine.clock.now() : 0;
}

/** Whether the run has settled. */
async function attemptWithSlots(attempts: Attempts, acquired: Promise<AttemptSlots | null>): Promise<boolean> {
  let slots: { readonly value: AttemptSlots | null } | null;
  try {
    slots = await unlessCancelled(attempts.run, acquired);
  } catch (error) {
    if (!(error instanceof WaitCycleError)) throw error;
    return await recordError(attempts, { error });
  }
  if (slots === null) return false;
  try {
    return await attemptOnce(attempts, slots.value);
  } finally {
    await slots.value?.release();
  }
}

/** Whether the run has settled. */
async function attemptOnce(attempts: Attempts, slots: AttemptSlots | null): Promise<boolean> {
  const { run } = attempts;
  // Cancelled, or drained, while its slot was granted: it was never RUNNING.
  if (run.cancelRequest !== null || mayNotStart(run)) return false;
  const permit = slots === null ? attempts.permit : slots.permitOver(attempts.permit);
  const verdict = attempts.enterRunning();
  if (verdict.status === 'WAIT') {
    await unlessCancelled(run, pauseWithoutPermit(permit, run, verdict.delayMs));
    return false;
  }
  if (verdict.status !== 'ACCEPT') {
    run.requestCancel(attempts.cancellationBehind(verdict));
    return false;
  }
  if (needsRecord(attempts) && (await unlessCancelled(run, isOnRecord(run))) === null) return false;
  const prepared = attempts.prepare();
  if (prepared !== undefined) await prepared;
  const { onRunning } = run.definition.hooks;
  if (onRunning.length > 0) await callHooks(run, onRunning);
  const body = attempts.body(permit);
  attempts.hasCalled = true;
  const ending = await runBody(run, body);
  attempts.permit?.bodyEnded();
  slots?.bodyEnded();
  attempts.bodyEnded();
  return await recordEnding(attempts, ending);
}

/** A body has effects: a process that dies in the first instant of an outermost run leaves a record that shows it. */
function needsRecord({ run, hasCalled, isResumed }: Attempts): boolean {
  return run.caller === null && !hasCalled && !isResumed;
}

/** Resolves when other processes can read the run. */
function isOnRecord(run: Run): Promise<void> {
  return untilAborted(run, run.execution?.committed() ?? Promise.resolve());
}

/** The result of a wait; null when the wait ended because the run was cancelled. */
export async function unlessCancelled<T>(run: Run, wait: Promise<T>): Promise<{ readonly value: T } | null> {
  try {
    return { value: await wait };
  } catch (error) {
    if (run.cancelRequest === null) throw error;
    return null;
  }
}
