/**
 * A new run of the same flow that has what came before a task, wherever in the tree that task is: whatever had completed
 * when it first began, under new ids and the same replay keys. The original is untouched.
 */
import { ConfigurationError, type FlowRunRecord, RunNotFound } from '@millrace/kernel';
import type { Transaction } from '@millrace/store';
import { freshFlowRun } from '../executions/fresh-records.ts';
import type { LedgerContext } from '../ledger-context.ts';
import { copyRuns } from './fork-copies.ts';
import { planFork, readTree } from './fork-plan.ts';

export interface ForkOptions {
  readonly id: string;
  readonly name: string;
  /** The task (or child flow) from which on all is done again; absent = everything. */
  readonly from?: string;
  /** Encoded, in place of the original's. */
  readonly parameters?: string;
}

/** Throws RunNotFound; ConfigurationError when `from` never began in the original. */
export function forkRun(context: LedgerContext, flowRunId: string, options: ForkOptions): Promise<FlowRunRecord> {
  return context.store.write(async (transaction) => {
    const original = await transaction.flowRuns.get(flowRunId);
    if (original === undefined) throw new RunNotFound({ runId: flowRunId });
    const now = await transaction.now();
    const fork: FlowRunRecord = { ...forkOf(original, options, now), wakeAt: now };
    if (options.from !== undefined) await copyFrom(context, transaction, { original, fork, from: options.from });
    return (await transaction.flowRuns.insertIfAbsent(fork)).run;
  });
}

function forkOf(original: FlowRunRecord, { id, name, parameters }: ForkOptions, now: number): FlowRunRecord {
  const { flowName, flowVersion, tags, policy } = original;
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

async function copyFrom(
  context: LedgerContext,
  transaction: Transaction,
  { original, fork, from }: { readonly original: FlowRunRecord; readonly fork: FlowRunRecord; readonly from: string },
): Promise<void> {
  const runs = await readTree(transaction, original.id);
  const plan = planFork(original.id, runs, from);
  if (plan === undefined) {
    throw new ConfigurationError(
      `'${from}' never began in flow run '${original.name}': there is nothing to rerun from.`,
      { from, runId: original.id },
    );
  }
  await copyRuns(transaction, { original, fork, plan, runs, newId: context.ids, now: fork.createdAt });
}
