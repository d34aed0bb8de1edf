/**
 * The records of earlier executions of a flow run, by replay key: read once, at the claim, without outcomes.
 *
 * A resumption costs one read and one map, however many children there are, because calls are found by key and not by position (law 3).
 */
import {
  type FlowRunRecord,
  isTerminal,
  partsOfReplayKey,
  type RecordedChildren,
  type TaskRunRecord,
  UNKNOWN_THREAD,
} from '@millrace/kernel';
import type { RecordedRows } from '../state/recorded-rows.ts';

const uncalledMax = 100;

export class RecordedRuns implements RecordedChildren {
  readonly #tasks = new Map<string, TaskRunRecord>();
  readonly #flows = new Map<string, FlowRunRecord>();
  readonly #called = new Set<string>();
  /** Called, but run by no process. */
  readonly #notTaken = new Set<string>();
  /** By the task run that called them; made when first asked for. */
  #byCaller: Map<string, (TaskRunRecord | FlowRunRecord)[]> | null = null;
  /** Calls off the main line, and all calls, by group; made when first asked for. */
  #unknown: Map<string, (TaskRunRecord | FlowRunRecord)[]> | null = null;
  #branches: Map<string, (TaskRunRecord | FlowRunRecord)[]> | null = null;
  #groups: Map<string, (TaskRunRecord | FlowRunRecord)[]> | null = null;
  /** Task runs that had not ended, by id: the only ones whose bodies make the calls of their attempt again. */
  readonly #unfinished = new Map<string, TaskRunRecord>();

  /** Calls of the flow's own body that were not made again yet. */
  #ownLeft = 0;

  constructor(tasks: readonly TaskRunRecord[], flows: readonly FlowRunRecord[]) {
    for (const task of tasks) {
      this.#tasks.set(task.replayKey, task);
      if (task.parentTaskRunId === null) this.#ownLeft += 1;
      if (!isTerminal(task.state)) this.#unfinished.set(task.id, task);
    }
    for (const flow of flows) {
      if (flow.replayKey === null) continue;
      this.#flows.set(flow.replayKey, flow);
      if (flow.parentTaskRunId === null) this.#ownLeft += 1;
    }
  }

  get size(): number {
    return this.#tasks.size + this.#flows.size;
  }

  task(replayKey: string): TaskRunRecord | undefined {
    const found = this.#tasks.get(replayKey);
    if (found !== undefined) this.#call(replayKey, found);
    return found;
  }

  flow(replayKey: string): FlowRunRecord | undefined {
    const found = this.#flows.get(replayKey);
    if (found !== undefined) this.#call(replayKey, found);
    return found;
  }

  isCalled(replayKey: string): boolean {
    return this.#called.has(replayKey);
  }

  isOpen(replayKey: string): boolean {
    return !this.#called.has(replayKey) && (this.#tasks.has(replayKey) || this.#flows.has(replayKey));
  }

  hasOpenBranch(group: string): boolean {
    this.#branches ??= this.#listByGroup((key) => key.includes('~'));
    return this.#hasOpen(this.#branches.get(group));
  }

  hasOpenUnknown(group: string): boolean {
    this.#unknown ??= this.#listByGroup((key) => key.includes(`~${UNKNOWN_THREAD}`));
    return this.#hasOpen(this.#unknown.get(group));
  }

  /** Removes called ones from the end, so that a check after each call costs no more than there are calls. */
  #hasOpen(records: (TaskRunRecord | FlowRunRecord)[] = []): boolean {
    for (let last = records.at(-1); last !== undefined; last = records.at(-1)) {
      if (last.replayKey !== null && !this.#called.has(last.replayKey)) return true;
      records.pop();
    }
    return false;
  }

  isLone(group: string): boolean {
    const records = this.#inGroup(group);
    return records.length === 1 && this.open(group).length === 1;
  }

  #inGroup(group: string): readonly (TaskRunRecord | FlowRunRecord)[] {
    this.#groups ??= this.#listByGroup(() => true);
    return this.#groups.get(group) ?? [];
  }

  open(group: string): readonly (TaskRunRecord | FlowRunRecord)[] {
    const records = this.#inGroup(group);
    return records.filter(({ replayKey }) => replayKey !== null && !this.#called.has(replayKey));
  }

  /** In the order of the calls, because ids grow. */
  #listByGroup(isWanted: (key: string) => boolean): Map<string, (TaskRunRecord | FlowRunRecord)[]> {
    const groups = new Map<string, (TaskRunRecord | FlowRunRecord)[]>();
    for (const [key, run] of [...this.#tasks, ...this.#flows]) {
      const parts = isWanted(key) ? partsOfReplayKey(key) : undefined;
      if (parts === undefined) continue;
      const records = groups.get(parts.group);
      if (records === undefined) groups.set(parts.group, [run]);
      else records.push(run);
    }
    return groups;
  }

  get isCaughtUp(): boolean {
    return this.#ownLeft <= 0;
  }

  #call(replayKey: string, { parentTaskRunId }: TaskRunRecord | FlowRunRecord): void {
    if (this.#called.has(replayKey)) return;
    this.#called.add(replayKey);
    if (parentTaskRunId === null) this.#ownLeft -= 1;
  }

  notTaken(replayKey: string): void {
    this.#notTaken.add(replayKey);
  }

  /** The calls of a task run. */
  calledBy(taskRunId: string): readonly (TaskRunRecord | FlowRunRecord)[] {
    this.#byCaller ??= this.#listByCaller();
    return this.#byCaller.get(taskRunId) ?? [];
  }

  #listByCaller(): Map<string, (TaskRunRecord | FlowRunRecord)[]> {
    const byCaller = new Map<string, (TaskRunRecord | FlowRunRecord)[]>();
    for (const run of [...this.#tasks.values(), ...this.#flows.values()]) {
      if (run.parentTaskRunId === null) continue;
      const calls = byCaller.get(run.parentTaskRunId);
      if (calls === undefined) byCaller.set(run.parentTaskRunId, [run]);
      else calls.push(run);
    }
    return byCaller;
  }

  uncalled(): readonly string[] {
    const keys: string[] = [];
    for (const map of [this.#tasks, this.#flows]) {
      for (const [key, run] of map) {
        if (keys.length === uncalledMax) return keys;
        if (!this.#called.has(key) && this.#isExpected(key, run)) keys.push(key);
      }
    }
    return keys;
  }

  /** Calls of a task that gave its recorded end, or of an attempt that a later one replaced, are not made again. */
  #isExpected(key: string, { parentTaskRunId }: TaskRunRecord | FlowRunRecord): boolean {
    if (parentTaskRunId === null) return true;
    const parent = this.#unfinished.get(parentTaskRunId);
    if (parent === undefined || !this.#called.has(parent.replayKey)) return false;
    return key.startsWith(`${parent.id}#${parent.runCount}/`);
  }

  /** Runs that had not ended and that no process runs now, so that they never end without their caller. */
  abandoned(): { readonly tasks: readonly TaskRunRecord[]; readonly flows: readonly FlowRunRecord[] } {
    const isRun = (key: string): boolean => this.#called.has(key) && !this.#notTaken.has(key);
    // By the key that was read: a run that was NotReady and got its inputs has another one now.
    const abandonedOf = <T extends TaskRunRecord | FlowRunRecord>(runs: ReadonlyMap<string, T>): T[] =>
      [...runs].filter(([key, { state }]) => !isRun(key) && !isTerminal(state)).map(([, run]) => run);
    return { tasks: abandonedOf(this.#tasks), flows: abandonedOf(this.#flows) };
  }
}

/** For a run that has just started. Shared, because it is never written. */
export const nothingRecorded: RecordedRuns = new RecordedRuns([], []);

export function recordedRunsOf({ tasks, flows }: RecordedRows): RecordedRuns {
  return tasks.length + flows.length === 0 ? nothingRecorded : new RecordedRuns(tasks, flows);
}
