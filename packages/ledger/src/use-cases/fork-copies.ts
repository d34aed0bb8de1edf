/** Copies the runs of a fork under new ids, so that parents, inputs and replay keys in the copies name copies. */
import type { FlowRunRecord, State, TaskRunRecord } from '@millrace/kernel';
import type { Transaction } from '@millrace/store';
import { freshFlowRun, freshTaskRun } from '../state/fresh-records.ts';
import type { ForkPlan } from './fork-plan.ts';
import { type AnyRun, attemptIn } from '../state/run-tree.ts';

/** Task runs read and written at a time: outcomes may be large. */
const sliceSize = 200;

export interface Copying {
  readonly original: FlowRunRecord;
  readonly fork: FlowRunRecord;
  readonly plan: ForkPlan;
  /** The runs of the original's tree. */
  readonly runs: readonly AnyRun[];
  readonly newId: () => string;
  /** Epoch ms. */
  readonly now: number;
}

export async function copyRuns(transaction: Transaction, copying: Copying): Promise<void> {
  const copier = new Copier(copying);
  const taken = copying.runs.filter(({ id }) => copying.plan.has(id));
  const taskIds = taken.filter((run) => run.kind !== 'flow').map(({ id }) => id);
  for (let start = 0; start < taskIds.length; start += sliceSize) {
    const originals = await transaction.taskRuns.load(taskIds.slice(start, start + sliceSize));
    await transaction.taskRuns.put(originals.map((run) => copier.task(run)));
  }
  for (const run of taken) {
    const stored = 'flowName' in run ? await transaction.flowRuns.get(run.id) : undefined;
    if (stored !== undefined) await transaction.flowRuns.insertIfAbsent(copier.flow(stored));
  }
}

class Copier {
  readonly #fork: FlowRunRecord;
  readonly #plan: ForkPlan;
  readonly #now: number;
  readonly #newIds: ReadonlyMap<string, string>;

  constructor({ original, fork, plan, newId, now }: Copying) {
    this.#fork = fork;
    this.#plan = plan;
    this.#now = now;
    // In the order of the originals: lists are by id.
    const newIds = new Map([...plan.keys()].sort().map((id) => [id, newId()]));
    this.#newIds = newIds.set(original.id, fork.id);
  }

  task(run: TaskRunRecord): TaskRunRecord {
    const names = {
      id: this.#idOf(run.id),
      parentTaskRunId: this.#parentOf(run),
      replayKey: this.#keyOf(run) ?? run.replayKey,
      inputs: run.inputs.map((input) => ({ ...input, runId: this.#idOf(input.runId) })),
    };
    const flowRunId = run.flowRunId === null ? null : this.#idOf(run.flowRunId);
    if (this.#plan.get(run.id) === 'kept')
      return { ...run, ...names, ...withoutGivenIds(run), dynamicKey: null, flowRunId };
    const fresh = freshTaskRun({ ...run, ...names, wakeAt: null }, this.#now, { flowRun: null, sessionId: null });
    return { ...fresh, flowRunId };
  }

  flow(run: FlowRunRecord): FlowRunRecord {
    const names = {
      id: this.#idOf(run.id),
      parentFlowRunId: run.parentFlowRunId === null ? null : this.#idOf(run.parentFlowRunId),
      parentTaskRunId: this.#parentOf(run),
      rootFlowRunId: this.#fork.id,
      replayKey: this.#keyOf(run),
      idempotencyKey: null,
      rerunOf: run.id,
    };
    if (this.#plan.get(run.id) === 'kept') return { ...run, ...names, sessionId: null, token: 1, revision: '' };
    return { ...freshFlowRun({ ...run, ...names }, this.#now, null), wakeAt: this.#now };
  }

  #idOf(id: string): string {
    return this.#newIds.get(id) ?? id;
  }

  #parentOf({ parentTaskRunId }: AnyRun): string | null {
    return parentTaskRunId === null ? null : this.#idOf(parentTaskRunId);
  }

  /** A task that is called again is at its first attempt. */
  #keyOf(run: AnyRun): string | null {
    const { parentTaskRunId, replayKey } = run;
    const attempt = parentTaskRunId === null ? undefined : attemptIn(run, parentTaskRunId);
    if (parentTaskRunId === null || replayKey === null || attempt === undefined) return replayKey;
    const now = this.#plan.get(parentTaskRunId) === 'again' ? 1 : attempt;
    return `${this.#idOf(parentTaskRunId)}#${now}${replayKey.slice(replayKey.indexOf('/'))}`;
  }
}

/** The ids that a client gave to states belong to the original: those of the copy follow from its own id. */
function withoutGivenIds({ state, history }: TaskRunRecord): Pick<TaskRunRecord, 'state' | 'history'> {
  const own = (one: State): State => {
    if (one.id === undefined) return one;
    const { id: _, ...rest } = one;
    return rest;
  };
  return { state: own(state), history: history.map(own) };
}
