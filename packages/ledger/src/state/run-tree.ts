/**
 * The runs below a flow run by caller, and their dependencies: of callers on their calls, and of calls on the inputs that are
 * recorded with them.
 */
import type { FlowRunRecord, TaskRunRecord } from '@millrace/kernel';
import type { Transaction } from '@millrace/store';

export type AnyRun = TaskRunRecord | FlowRunRecord;

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

/** The order in which runs were made: within a millisecond by id, because ids grow. */
export function inCallOrder(left: AnyRun, right: AnyRun): number {
  return left.createdAt - right.createdAt || (left.id < right.id ? -1 : left.id === right.id ? 0 : 1);
}

/** The run that called it. */
export function callerOf(run: AnyRun): string | null {
  return run.parentTaskRunId ?? (run.kind !== 'flow' ? run.flowRunId : run.parentFlowRunId);
}

/** The attempt of the task that made the call, from its key: `<task run>#<attempt>/…` */
export function attemptIn({ replayKey }: AnyRun, taskRunId: string): number | undefined {
  const prefix = `${taskRunId}#`;
  if (replayKey === null || !replayKey.startsWith(prefix)) return undefined;
  return Number(replayKey.slice(prefix.length, replayKey.indexOf('/')));
}

export class RunTree {
  readonly #byId: ReadonlyMap<string, AnyRun>;
  readonly #children: ReadonlyMap<string, readonly AnyRun[]>;
  /** Keyed by the run that is an input. */
  readonly #consumers: ReadonlyMap<string, readonly AnyRun[]>;

  constructor(runs: readonly AnyRun[]) {
    this.#byId = new Map(runs.map((run) => [run.id, run]));
    const inOrder = runs.toSorted(inCallOrder);
    this.#children = Map.groupBy(inOrder, (run) => callerOf(run) ?? '');
    const consumers = new Map<string, AnyRun[]>();
    for (const run of runs) {
      for (const id of inputsOf(run)) {
        const others = consumers.get(id);
        if (others === undefined) consumers.set(id, [run]);
        else others.push(run);
      }
    }
    this.#consumers = consumers;
  }

  /** In the order of the calls, of all attempts. */
  childrenOf(id: string): readonly AnyRun[] {
    return this.#children.get(id) ?? [];
  }

  /** The latest attempt of a task that made one of these calls; undefined where attempts share their calls (flows), or for none. */
  lastAttemptOf(id: string, isOne: (run: AnyRun) => boolean = () => true): number | undefined {
    let latest: number | undefined;
    for (const run of this.childrenOf(id)) {
      const attempt = attemptIn(run, id);
      if (attempt !== undefined && attempt > (latest ?? 0) && isOne(run)) latest = attempt;
    }
    return latest;
  }

  /** All below it, of one attempt of each task. */
  below(rootId: string, attemptOf: (id: string) => number | undefined): readonly AnyRun[] {
    const found: AnyRun[] = [];
    const open = [rootId];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      const attempt = attemptOf(id);
      for (const run of this.childrenOf(id)) {
        if (attempt !== undefined && attemptIn(run, id) !== attempt) continue;
        found.push(run);
        open.push(run.id);
      }
    }
    return found;
  }

  /** The runs that are redone with the calls: all that have one of them as an input, at any distance; and the callers of all these. */
  downstreamOf(again: readonly AnyRun[]): { readonly redone: Set<string>; readonly callers: ReadonlySet<string> } {
    const redone = new Set<string>();
    const callers = new Set<string>();
    const open: AnyRun[] = [...again];
    const follow = (id: string): void => {
      for (const run of this.#consumers.get(id) ?? []) open.push(run);
    };
    for (let run = open.pop(); run !== undefined; run = open.pop()) {
      if (redone.has(run.id)) continue;
      redone.add(run.id);
      follow(run.id);
      for (let caller = this.#callerOf(run); caller !== undefined && !callers.has(caller.id); ) {
        callers.add(caller.id);
        follow(caller.id);
        caller = this.#callerOf(caller);
      }
    }
    return { redone, callers };
  }

  /** The inputs of the calls and of their callers, at any distance. */
  upstreamOf(again: readonly AnyRun[]): ReadonlySet<string> {
    const found = new Set<string>();
    const seen = new Set<string>();
    const open = [...again];
    for (let run = open.pop(); run !== undefined; run = open.pop()) {
      if (seen.has(run.id)) continue;
      seen.add(run.id);
      for (const id of inputsOf(run)) {
        found.add(id);
        const input = this.#byId.get(id);
        if (input !== undefined) open.push(input);
      }
      const caller = this.#callerOf(run);
      if (caller !== undefined) open.push(caller);
    }
    return found;
  }

  #callerOf(run: AnyRun): AnyRun | undefined {
    return this.#byId.get(callerOf(run) ?? '');
  }
}

function inputsOf(run: AnyRun): readonly string[] {
  return run.kind !== 'flow' ? run.inputs.map(({ runId }) => runId) : [];
}
