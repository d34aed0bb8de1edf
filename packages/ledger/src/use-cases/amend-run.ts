/**
 * Amends a run: a client changes its flow version, policy, tags, labels, job variables, infrastructure pid ...
 *
 * No rule decides on these, and no state changes. A flow run gets a new revision, so that its owner reads the row again.
 */
import {
  type FlowRunPatch,
  type FlowRunRecord,
  RunNotFound,
  type TaskRunPatch,
  type TaskRunRecord,
} from '@millrace/kernel';
import { retryOnConflict } from '../state/retry-on-conflict.ts';
import type { LedgerContext } from '../state/ledger-context.ts';

/** Throws RunNotFound. */
export async function amendFlowRun(
  { store }: LedgerContext,
  flowRunId: string,
  patch: FlowRunPatch,
): Promise<FlowRunRecord> {
  const run = await retryOnConflict(() => store.write(({ flowRuns }) => flowRuns.amend(flowRunId, patch)));
  if (run === undefined) throw new RunNotFound({ runId: flowRunId });
  return run;
}

/** Throws RunNotFound. */
export async function amendTaskRun(
  { store }: LedgerContext,
  taskRunId: string,
  patch: TaskRunPatch,
): Promise<TaskRunRecord> {
  const run = await store.write(({ taskRuns }) => taskRuns.amend(taskRunId, patch));
  if (run === undefined) throw new RunNotFound({ runId: taskRunId });
  return run;
}
