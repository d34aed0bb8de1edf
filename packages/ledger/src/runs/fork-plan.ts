/**
 * What a fork takes with it: the tree of the original as it was at the moment when the task began that all is done again
 * from. What had completed by then is taken as it ended, with everything below it. What was under way is called again, and
 * is taken, as not begun, where something that had completed hangs on it: so it finds that under its key.
 */
import { type FlowRunRecord, StateType, type TaskRunRecord } from '@millrace/kernel';
import type { Transaction } from '@millrace/store';

export type AnyRun = TaskRunRecord | FlowRunRecord;

/** By the ids of the original, parents before their children. */
export type ForkPlan = ReadonlyMap<string, 'kept' | 'begun'>;

/** Everything below a flow run, at any depth: without parameters and outcomes. */
export async function readTree(transaction: Transaction, rootId: string): Promise<readonly AnyRun[]> {
  const runs: AnyRun[] = [];
  const open = [rootId];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const task of await transaction.taskRuns.recorded(id)) runs.push(task);
    for (const flow of await transaction.flowRuns.childrenOf(id)) {
      runs.push(flow);
      open.push(flow.id);
    }
  }
  return runs;
}

/** undefined = no task or flow of this name began below the root. */
export function planFork(rootId: string, runs: readonly AnyRun[], from: string): ForkPlan | undefined {
  const tasks = runs.filter((run) => 'kind' in run && run.taskKey === from);
  const again = tasks.some(hasBegun) ? tasks : runs.filter((run) => 'flowName' in run && run.flowName === from);
  const cut = firstToBegin(again);
  return cut === undefined ? undefined : new Planner(runs, { cut, again }).plan(rootId);
}

interface Cut {
  readonly startAt: number;
  readonly id: string;
}

function hasBegun(run: AnyRun): boolean {
  return run.startAt !== null;
}

function firstToBegin(runs: readonly AnyRun[]): Cut | undefined {
  let cut: Cut | undefined;
  for (const { startAt, id } of runs) {
    if (startAt !== null && (cut === undefined || startAt < cut.startAt)) cut = { startAt, id };
  }
  return cut;
}

/** The run that called it. */
function callerOf(run: AnyRun): string | null {
  return run.parentTaskRunId ?? ('kind' in run ? run.flowRunId : run.parentFlowRunId);
}

class Planner {
  readonly #cut: Cut;
  readonly #children = new Map<string, AnyRun[]>();
  /** What is done again, and whatever called it: ended in the same millisecond it would look as if it came before. */
  readonly #redone = new Set<string>();

  constructor(runs: readonly AnyRun[], { cut, again }: { readonly cut: Cut; readonly again: readonly AnyRun[] }) {
    this.#cut = cut;
    const byId = new Map(runs.map((run) => [run.id, run]));
    for (const run of runs) {
      const caller = callerOf(run) ?? '';
      const siblings = this.#children.get(caller);
      if (siblings === undefined) this.#children.set(caller, [run]);
      else siblings.push(run);
    }
    for (const run of again) {
      for (let up: AnyRun | undefined = run; up !== undefined && !this.#redone.has(up.id); ) {
        this.#redone.add(up.id);
        up = byId.get(callerOf(up) ?? '');
      }
    }
  }

  plan(rootId: string): ForkPlan {
    const found = this.#walk(rootId);
    const needed = new Set<string>();
    // Children come after their parents: from the end, each tells its caller that something hangs on it.
    for (const [run, taken] of found.toReversed()) {
      if (taken === 'kept' || needed.has(run.id)) needed.add(run.id).add(callerOf(run) ?? '');
    }
    return new Map(found.filter(([run]) => needed.has(run.id)).map(([run, taken]) => [run.id, taken]));
  }

  #walk(rootId: string): readonly (readonly [AnyRun, 'kept' | 'begun'])[] {
    const found: [AnyRun, 'kept' | 'begun'][] = [];
    const open: { readonly id: string; readonly taken: 'kept' | 'begun' }[] = [{ id: rootId, taken: 'begun' }];
    for (let caller = open.pop(); caller !== undefined; caller = open.pop()) {
      const children = this.#children.get(caller.id) ?? [];
      const attempt = caller.taken === 'kept' ? undefined : this.#attemptOf(caller.id, children);
      for (const run of children) {
        // An attempt that was over by then had started its calls afresh.
        if (attempt !== undefined && attemptIn(run, caller.id) !== attempt) continue;
        const taken = caller.taken === 'kept' ? 'kept' : this.#takenAs(run);
        if (taken === undefined) continue;
        found.push([run, taken]);
        open.push({ id: run.id, taken });
      }
    }
    return found;
  }

  #takenAs(run: AnyRun): 'kept' | 'begun' | undefined {
    if (run.startAt === null || run.startAt > this.#cut.startAt) return undefined;
    return run.state.type === StateType.Completed && this.#endedBefore(run) ? 'kept' : 'begun';
  }

  /** Within the same millisecond the order in which the runs were made tells: ids grow. */
  #endedBefore(run: AnyRun): boolean {
    if (run.endAt === null || this.#redone.has(run.id)) return false;
    return run.endAt < this.#cut.startAt || (run.endAt === this.#cut.startAt && run.id < this.#cut.id);
  }

  /** Which attempt of a task was under way: undefined where attempts share what they call (flows). */
  #attemptOf(callerId: string, children: readonly AnyRun[]): number | undefined {
    let latest: number | undefined;
    for (const run of children) {
      const attempt = run.createdAt <= this.#cut.startAt ? attemptIn(run, callerId) : undefined;
      if (attempt !== undefined && attempt > (latest ?? 0)) latest = attempt;
    }
    return latest;
  }
}

/** The attempt of the task that made the call, from its key: `<task run>#<attempt>/…` */
export function attemptIn({ replayKey }: AnyRun, taskRunId: string): number | undefined {
  const prefix = `${taskRunId}#`;
  if (replayKey === null || !replayKey.startsWith(prefix)) return undefined;
  return Number(replayKey.slice(prefix.length, replayKey.indexOf('/')));
}
