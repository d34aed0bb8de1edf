/**
 * Ends the open runs below a flow run that has ended, because a run that has ended has no open child (law 1).
 *
 * The rules decide on each of these ends; a child that is being cancelled becomes Cancelled, whatever the state of its parent.
 */
import {
  cancelled,
  crashed,
  decide,
  type FlowRunRecord,
  StaleExecution,
  type State,
  StateType,
  type TaskRunRecord,
} from '@millrace/kernel';
import type { Transaction } from '@millrace/store';
import type { EndCallsRequest } from '../journal/journal.ts';
import type { LedgerContext } from '../state/ledger-context.ts';
import { changesOf, enterState, flowSnapshot } from '../state/run-changes.ts';
import { fenceOff } from './fence-off.ts';

/** Runs ended in one page. */
const pageSize = 500;

/** Which end the children get, and when (epoch ms). */
export interface ChildrenEnd {
  readonly at: number;
  readonly type: 'CANCELLED' | 'CRASHED';
  readonly message: string;
}

/** The end of the children of a run that no process owns. */
export function endOfChildren(parent: FlowRunRecord): ChildrenEnd {
  const { type, at } = parent.state;
  if (type === StateType.Crashed) return { at, type, message: 'The process of the parent flow run is gone.' };
  return { at, type: StateType.Cancelled, message: `The parent flow run ended as ${parent.state.name}.` };
}

/** Ends everything unfinished below the flow run, at any depth. */
export async function endChildren(
  context: LedgerContext,
  transaction: Transaction,
  parent: FlowRunRecord,
): Promise<void> {
  const end = endOfChildren(parent);
  for (;;) {
    const flows = await transaction.flowRuns.unfinishedUnder(parent.id, pageSize);
    for (const flow of flows) {
      await endTasksOf(context, transaction, { flowRunId: flow.id, end });
      await endFlow(context, transaction, { flow, end });
    }
    if (flows.length < pageSize) break;
  }
  await endTasksOf(context, transaction, { flowRunId: parent.id, end });
}

async function endFlow(
  context: LedgerContext,
  transaction: Transaction,
  { flow, end }: { readonly flow: FlowRunRecord; readonly end: ChildrenEnd },
): Promise<void> {
  const { random } = context;
  const state = stateFor(flow.state, end);
  const verdict = decide(flowSnapshot(flow, 'none', state.type), { state, by: 'service' }, { now: end.at, random });
  const changes = changesOf(verdict);
  if (changes === undefined) return;
  await fenceOff(transaction, flow);
  enterState(flow, changes);
  await transaction.slots.releaseHeldBy(flow.id);
  await transaction.flowRuns.put(flow);
}

async function endTasksOf(
  context: LedgerContext,
  transaction: Transaction,
  { flowRunId, end }: { readonly flowRunId: string; readonly end: ChildrenEnd },
): Promise<void> {
  for (;;) {
    const tasks = await transaction.taskRuns.unfinishedOf(flowRunId, pageSize);
    for (const task of tasks) {
      endTask(context, task, end);
      await transaction.slots.releaseHeldBy(task.id);
    }
    if (tasks.length > 0) await transaction.taskRuns.put(tasks);
    if (tasks.length < pageSize) return;
  }
}

function endTask(context: LedgerContext, task: TaskRunRecord, end: ChildrenEnd): void {
  context.taskDecider.propose(
    { record: task, flowRun: null },
    { state: stateFor(task.state, end), by: 'service' },
    undefined,
  );
}

function stateFor(state: State, { at, type, message }: ChildrenEnd): State {
  const crashes = type === StateType.Crashed && state.type !== StateType.Cancelling;
  return crashes ? crashed(at, message) : cancelled(at, message);
}

/** Ends calls that a former execution left unfinished and that the code no longer makes, before their parent ends. */
export async function endCalls(context: LedgerContext, request: EndCallsRequest): Promise<void> {
  const { flowRunId, fencingToken: token, at, tasks, flowRunIds } = request;
  const end: ChildrenEnd = { at, type: 'CANCELLED', message: 'The flow no longer calls this run.' };
  for (const task of tasks) endTask(context, task, end);
  await context.store.write(async (transaction) => {
    const parent = await transaction.flowRuns.getForUpdate(flowRunId);
    if (parent?.token !== token) throw new StaleExecution({ flowRunId, token });
    await transaction.taskRuns.put(tasks);
    for (const id of flowRunIds) {
      const flow = await transaction.flowRuns.getForUpdate(id);
      if (flow === undefined) continue;
      await endFlow(context, transaction, { flow, end });
      await endChildren(context, transaction, flow);
    }
  });
}
