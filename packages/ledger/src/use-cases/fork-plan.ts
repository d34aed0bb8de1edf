/**
 * The runs that a fork copies: all that completed and do not come after the calls that are made again. The callers of those are
 * called again, and are copied as new runs where a completed run hangs on them, which they then find under its key.
 *
 * A completed run is kept if a call that is made again depends on it by its recorded inputs; if it was called before these
 * calls, in its own body or in time; or if it had ended before the first of them began. It is never kept if it depends on one.
 */
import { type FlowRunRecord, StateType } from '@millrace/kernel';
import { type AnyRun, attemptIn, callerOf, inCallOrder, RunTree } from '../state/run-tree.ts';

/** By the ids of the original, parents before their children. */
export type ForkPlan = ReadonlyMap<string, 'kept' | 'again'>;

/** From a task or child flow on. undefined = none of this name began below the root. */
export function planFork(rootId: string, runs: readonly AnyRun[], from: string): ForkPlan | undefined {
  const tasks = runs.filter((run) => run.kind !== 'flow' && run.taskKey === from);
  const named = tasks.some(hasStarted) ? tasks : runs.filter((run) => 'flowName' in run && run.flowName === from);
  const again = named.filter(hasStarted);
  if (again.length === 0) return undefined;
  const startAt = again.reduce((least, run) => Math.min(least, run.startAt ?? least), Infinity);
  const [first] = again.toSorted(inCallOrder);
  return new Planner(rootId, runs, { again, ...(first === undefined ? {} : { cut: { startAt, first } }) }).plan();
}

/** Redoes the runs that did not complete and those that depend on them. undefined = the run has completed, and all that it called. */
export function planRedo(root: FlowRunRecord, runs: readonly AnyRun[]): ForkPlan | undefined {
  const tree = new RunTree(runs);
  const again = tree.below(root.id, (id) => tree.lastAttemptOf(id)).filter(isUnfinished);
  if (again.length === 0 && !isUnfinished(root)) return undefined;
  return new Planner(root.id, runs, { again }).plan();
}

function isUnfinished({ state }: AnyRun): boolean {
  return state.type !== StateType.Completed;
}

function hasStarted(run: AnyRun): boolean {
  return run.startAt !== null;
}

interface Wanted {
  /** The calls that are made again. */
  readonly again: readonly AnyRun[];
  /** Runs called before the first, or ended when one first started, are kept; absent = all completed runs are. */
  readonly cut?: { readonly startAt: number; readonly first: AnyRun };
}

class Planner {
  readonly #rootId: string;
  readonly #tree: RunTree;
  readonly #cut: Wanted['cut'];
  /** Runs that are redone with all below them. */
  readonly #redone: ReadonlySet<string>;
  /** The callers of those. */
  readonly #callers: ReadonlySet<string>;
  readonly #upstream: ReadonlySet<string>;

  constructor(rootId: string, runs: readonly AnyRun[], { again, cut }: Wanted) {
    this.#rootId = rootId;
    this.#cut = cut;
    this.#tree = new RunTree(runs);
    const { redone, callers } = this.#tree.downstreamOf(again);
    this.#redone = redone;
    this.#callers = callers;
    this.#upstream = this.#tree.upstreamOf(again);
    // A failed run continues where it was: the completed calls below it are kept.
    if (cut === undefined) for (const { id } of again) redone.delete(id);
  }

  plan(): ForkPlan {
    const found = this.#walk();
    const needed = new Set<string>();
    // Children come after their parents: from the end, each marks its caller as needed.
    for (const [run, taken] of found.toReversed()) {
      if (taken === 'kept' || needed.has(run.id)) needed.add(run.id).add(callerOf(run) ?? '');
    }
    return new Map(found.filter(([run]) => needed.has(run.id)).map(([run, taken]) => [run.id, taken]));
  }

  #walk(): readonly (readonly [AnyRun, 'kept' | 'again'])[] {
    const found: [AnyRun, 'kept' | 'again'][] = [];
    const open: { readonly id: string; readonly taken: 'kept' | 'again' }[] = [{ id: this.#rootId, taken: 'again' }];
    for (let caller = open.pop(); caller !== undefined; caller = open.pop()) {
      const { taken: callerTaken } = caller;
      const children = callerTaken === 'kept' ? this.#tree.childrenOf(caller.id) : this.#calledBy(caller.id);
      const firstRedone = children.find(({ id }) => this.#redone.has(id) || this.#callers.has(id));
      for (const run of children) {
        const taken = callerTaken === 'kept' ? 'kept' : this.#takenAs(run, firstRedone);
        if (taken === undefined) continue;
        found.push([run, taken]);
        open.push({ id: run.id, taken });
      }
    }
    return found;
  }

  /** Of a task, the attempt that is called again: earlier ones had started their calls afresh. */
  #calledBy(id: string): readonly AnyRun[] {
    const children = this.#tree.childrenOf(id);
    const attempt = this.#tree.lastAttemptOf(id, (run) => this.#isInTime(run));
    return attempt === undefined ? children : children.filter((run) => attemptIn(run, id) === attempt);
  }

  /** Whether it may belong to the attempt that is called again. */
  #isInTime(run: AnyRun): boolean {
    if (this.#cut === undefined || this.#redone.has(run.id) || this.#callers.has(run.id)) return true;
    return run.createdAt <= this.#cut.startAt;
  }

  #takenAs(run: AnyRun, firstRedone: AnyRun | undefined): 'kept' | 'again' | undefined {
    if (run.startAt === null || this.#redone.has(run.id)) return undefined;
    if (this.#callers.has(run.id)) return 'again';
    if (run.state.type !== StateType.Completed) return 'again';
    return this.#isKept(run, firstRedone) ? 'kept' : undefined;
  }

  #isKept(run: AnyRun, firstRedone: AnyRun | undefined): boolean {
    if (this.#cut === undefined || this.#upstream.has(run.id)) return true;
    const { startAt, first } = this.#cut;
    if (inCallOrder(run, first) < 0 || (run.endAt ?? Infinity) < startAt) return true;
    return firstRedone !== undefined && inCallOrder(run, firstRedone) < 0;
  }
}
