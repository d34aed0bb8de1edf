/**
 * Makes a new run of the same flow with copies of the runs before a task, wherever in the tree that task is, or of all completed
 * runs: under new ids and the same replay keys. The original is untouched.
 */
import { ConfigurationError, type FlowRunPolicy, type FlowRunRecord, RunNotFound } from '@millrace/kernel';
import { freshFlowRun } from '../state/fresh-records.ts';
import type { LedgerContext } from '../state/ledger-context.ts';
import { copyRuns } from './fork-copies.ts';
import { type ForkPlan, planFork, planRedo } from './fork-plan.ts';
import { type AnyRun, readTree } from '../state/run-tree.ts';

export interface ForkOptions {
  readonly id: string;
  readonly name: string;
  /** The task (or child flow) from which on all runs are redone; absent = all runs. */
  readonly from?: string;
  /** Only runs that did not complete are redone. */
  readonly failed?: boolean;
  /** Encoded, in place of the original's. */
  readonly parameters?: string;
  /** Whether a process that has defined the flow must still check the parameters. */
  readonly parametersUnchecked?: boolean;
}

/** Throws RunNotFound; ConfigurationError when `from` never began in the original, or nothing failed in it. */
export function forkRun(context: LedgerContext, flowRunId: string, options: ForkOptions): Promise<FlowRunRecord> {
  return context.store.write(async (transaction) => {
    const original = await transaction.flowRuns.get(flowRunId);
    if (original === undefined) throw new RunNotFound({ runId: flowRunId });
    const now = await transaction.now();
    const fork: FlowRunRecord = { ...forkOf(original, options, now), wakeAt: now };
    if (options.from !== undefined || options.failed === true) {
      const runs = await readTree(transaction, original.id);
      const plan = planOf(original, runs, options);
      await copyRuns(transaction, { original, fork, plan, runs, newId: context.ids, now });
    }
    return (await transaction.flowRuns.insertIfAbsent(fork)).run;
  });
}

function forkOf(original: FlowRunRecord, options: ForkOptions, now: number): FlowRunRecord {
  const { id, name, parameters } = options;
  const { flowName, flowVersion, tags } = original;
  const policy = policyOf(original, options);
  return freshFlowRun(
    {
      id,
      name,
      flowName,
      flowVersion,
      parentFlowRunId: null,
      parentTaskRunId: null,
      rootFlowRunId: null,
      replayKey: null,
      idempotencyKey: null,
      parameters: parameters ?? original.parameters,
      tags,
      policy,
      rerunOf: original.id,
    },
    now,
    null,
  );
}

/** Kept parameters stay as checked as they were. */
function policyOf({ policy }: FlowRunRecord, { parameters, parametersUnchecked }: ForkOptions): FlowRunPolicy {
  if (parameters === undefined) return policy;
  const { parametersUnchecked: _, ...rest } = policy;
  return parametersUnchecked === true ? { ...rest, parametersUnchecked } : rest;
}

function planOf(original: FlowRunRecord, runs: readonly AnyRun[], { from, failed }: ForkOptions): ForkPlan {
  const plan = from === undefined ? planRedo(original, runs) : planFork(original.id, runs, from);
  if (plan !== undefined && (from === undefined || failed !== true)) return plan;
  const details = { runId: original.id, ...(from === undefined ? {} : { from }) };
  if (from === undefined)
    throw new ConfigurationError(
      `Nothing failed in flow run '${original.name}', so there is nothing to do again. Rerun it from a task, or as a whole.`,
      details,
    );
  if (failed === true)
    throw new ConfigurationError('A rerun is from a task, or of what failed: give one of them.', details);
  throw new ConfigurationError(
    `'${from}' never began in flow run '${original.name}': there is nothing to rerun from. ${namesIn(runs)}`,
    details,
  );
}

const NAMES_MAX = 10;

function namesIn(runs: readonly AnyRun[]): string {
  const started = runs.filter(({ startAt }) => startAt !== null);
  const names = [...new Set(started.map((run) => (run.kind !== 'flow' ? run.taskKey : run.flowName)))];
  if (names.length === 0) return 'Nothing began in it.';
  const more = names.length - NAMES_MAX;
  return `These began in it: ${names.slice(0, NAMES_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
}
