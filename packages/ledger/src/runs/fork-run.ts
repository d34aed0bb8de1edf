/**
 * A new run of the same flow that has what came before a task: the completed children of the original that ended before
 * that task first began, under new ids and the same replay keys. The original is untouched.
 */
import { ConfigurationError, type FlowRunRecord, RunNotFound, StateType, type TaskRunRecord } from '@millrace/kernel';
import type { Transaction } from '@millrace/store';
import { freshFlowRun } from '../executions/fresh-records.ts';
import type { LedgerContext } from '../ledger-context.ts';

export interface ForkOptions {
  readonly id: string;
  readonly name: string;
  /** The task (or child flow) from which on all is done again; absent = everything. */
  readonly from?: string;
  /** Encoded, in place of the original's. */
  readonly parameters?: string;
}

/** The first run of the task to begin: what ended before it is kept. */
interface Cut {
  readonly startAt: number;
  readonly id: string;
}

/** Throws RunNotFound; ConfigurationError when `from` never began in the original. */
export function forkRun(context: LedgerContext, flowRunId: string, options: ForkOptions): Promise<FlowRunRecord> {
  return context.store.write(async (transaction) => {
    const original = await transaction.flowRuns.get(flowRunId);
    if (original === undefined) throw new RunNotFound({ runId: flowRunId });
    const now = await transaction.now();
    const fork: FlowRunRecord = { ...forkOf(original, options, now), wakeAt: now };
    if (options.from !== undefined) await copyChildren(context, transaction, { original, fork, from: options.from });
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

interface Copying {
  readonly original: FlowRunRecord;
  readonly fork: FlowRunRecord;
  readonly from: string;
}

async function copyChildren(
  context: LedgerContext,
  transaction: Transaction,
  { original, fork, from }: Copying,
): Promise<void> {
  const tasks = await transaction.taskRuns.recorded(original.id);
  const flows = await transaction.flowRuns.childrenOf(original.id);
  const cut =
    findCut(tasks.filter((task) => task.taskKey === from)) ?? findCut(flows.filter((flow) => flow.flowName === from));
  if (cut === undefined) {
    throw new ConfigurationError(
      `'${from}' never began in flow run '${original.name}': there is nothing to rerun from.`,
      {
        from,
        runId: original.id,
      },
    );
  }
  const newIds = await transaction.taskRuns.copyTo({
    fromFlowRunId: original.id,
    toFlowRunId: fork.id,
    endedBefore: cut.startAt,
    newId: context.ids,
  });
  const tooMany = tasks.filter((task) => !endedBefore(task, cut)).map((task) => newIds.get(task.id));
  await transaction.taskRuns.remove(tooMany.filter((id) => id !== undefined));
  for (const flow of flows) {
    if (flow.state.type !== StateType.Completed || !endedBefore(flow, cut)) continue;
    await copyFlow(transaction, { flow, fork, id: context.ids(), newIds });
  }
}

function findCut(runs: readonly { readonly startAt: number | null; readonly id: string }[]): Cut | undefined {
  let cut: Cut | undefined;
  for (const { startAt, id } of runs) {
    if (startAt !== null && (cut === undefined || startAt < cut.startAt)) cut = { startAt, id };
  }
  return cut;
}

/** Within the same millisecond the order in which the runs were made tells: ids grow. */
function endedBefore(run: TaskRunRecord | FlowRunRecord, cut: Cut): boolean {
  if (run.endAt === null) return false;
  return run.endAt < cut.startAt || (run.endAt === cut.startAt && run.id < cut.id);
}

interface FlowCopy {
  readonly flow: FlowRunRecord;
  readonly fork: FlowRunRecord;
  readonly id: string;
  readonly newIds: ReadonlyMap<string, string>;
}

async function copyFlow(transaction: Transaction, { flow, fork, id, newIds }: FlowCopy): Promise<void> {
  const stored = await transaction.flowRuns.get(flow.id);
  if (stored === undefined) return;
  const { parentTaskRunId } = stored;
  const parentCopy = parentTaskRunId === null ? null : newIds.get(parentTaskRunId);
  // Under a task that is done again nobody would ask for it.
  if (parentCopy === undefined) return;
  await transaction.flowRuns.insertIfAbsent({
    ...stored,
    id,
    parentFlowRunId: fork.id,
    parentTaskRunId: parentCopy,
    rootFlowRunId: fork.id,
    idempotencyKey: null,
    rerunOf: stored.id,
    sessionId: null,
    token: 1,
    revision: '',
  });
}
