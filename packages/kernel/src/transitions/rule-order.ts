/**
 * The rules in the order in which `decide` applies them. `docs/internals/transitions.md` is printed from this list.
 *
 * The order matters: rules that refuse a proposal come first, rules that change the proposed state come last.
 */
import type { Rule } from './rule.ts';
import { carryDeploymentLease } from './rules/carry-deployment-lease.ts';
import { keepDeploymentSlot } from './rules/keep-deployment-slot.ts';
import { putCachedValue } from './rules/put-cached-value.ts';
import { rescheduleOnlyDeployed } from './rules/reschedule-only-deployed.ts';
import { takeDeploymentSlot } from './rules/take-deployment-slot.ts';
import { takeClientTagSlots } from './rules/take-client-tag-slots.ts';
import { useCachedValue } from './rules/use-cached-value.ts';
import { cancelUnheldRun } from './rules/cancel-unheld-run.ts';
import { carryScheduledTime } from './rules/carry-scheduled-time.ts';
import { finishCancelling } from './rules/finish-cancelling.ts';
import { keepHeldRun } from './rules/keep-held-run.ts';
import { keepTerminalState } from './rules/keep-terminal-state.ts';
import { markLateOnce } from './rules/mark-late-once.ts';
import { moveBelowOpenParent } from './rules/move-below-open-parent.ts';
import { nameRerun } from './rules/name-rerun.ts';
import { pauseOnce } from './rules/pause-once.ts';
import { pauseOnlyRunning } from './rules/pause-only-running.ts';
import { refuseDuplicate } from './rules/refuse-duplicate.ts';
import { refuseSecondPending } from './rules/refuse-second-pending.ts';
import { resumePausedRun } from './rules/resume-paused-run.ts';
import { retryFailedRun } from './rules/retry-failed-run.ts';
import { startInRunningFlow } from './rules/start-in-running-flow.ts';
import { startOnce } from './rules/start-once.ts';
import { waitForScheduledTime } from './rules/wait-for-scheduled-time.ts';

/** Every rule on states, for flow runs and task runs. */
export const rules: readonly Rule[] = [
  refuseDuplicate,
  useCachedValue,
  keepTerminalState,
  rescheduleOnlyDeployed,
  moveBelowOpenParent,
  finishCancelling,
  cancelUnheldRun,
  refuseSecondPending,
  markLateOnce,
  keepHeldRun,
  pauseOnlyRunning,
  pauseOnce,
  resumePausedRun,
  startInRunningFlow,
  startOnce,
  keepDeploymentSlot,
  takeDeploymentSlot,
  takeClientTagSlots,
  carryScheduledTime,
  waitForScheduledTime,
  retryFailedRun,
  nameRerun,
  putCachedValue,
  carryDeploymentLease,
];
