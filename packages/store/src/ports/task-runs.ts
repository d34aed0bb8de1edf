/**
 * Port: task runs (and steps, sleeps, signal waits, pauses) inside one transaction.
 *
 * Task rows have no guard of their own: they are written by the holder of the enclosing flow run. A body that writes them
 * checks the flow run's token itself (`flowRuns.getForUpdate`); the hot path (`Store.putTaskRun`) is fenced by the store.
 * Outside any flow a row belongs to the session that inserted it: a record that names another session never overwrites it.
 * Light records (read without outcome) may be written: while their `state` is the object that was read, the stored outcome
 * stays; with a new state the record's own outcome is written. Parameters and the other readonly fields never change.
 */
import type { TaskRunPatch, Filter, ListQuery, TaskRunFilter, TaskRunRecord } from '@millrace/kernel';

/** How many task runs of a key are in a state. */
export interface TaskRunCount {
  readonly taskKey: string;
  readonly type: string;
  readonly name: string;
  readonly count: number;
}

/** Which task runs outside any flow count as orphaned. */
export interface OrphanedTaskQuery {
  /** How long their session must be over, in milliseconds (default 0). */
  readonly graceMs?: number;
  /** A session whose runs are left alone: the asking process's own. */
  readonly exceptSessionId?: string;
}

/** By what a client names a task run: its id, and its place in its flow run. */
export type TaskRunIdentity = Pick<TaskRunRecord, 'id' | 'flowRunId' | 'taskKey' | 'dynamicKey'>;

/** Port: task runs inside one transaction. No verb checks a fence. */
export interface TaskRuns {
  get(id: string): Promise<TaskRunRecord | undefined>;
  /** As `get`, and locks the row until the transaction ends. */
  getForUpdate(id: string): Promise<TaskRunRecord | undefined>;
  /**
   * The run of this id, else the one of these keys, locked until the transaction ends. Where there is none, no other transaction
   * makes one meanwhile that asks for the same keys.
   */
  reserve(run: TaskRunIdentity): Promise<TaskRunRecord | undefined>;
  /** The whole records of these ids, oldest first; those that do not exist are absent. */
  load(ids: readonly string[]): Promise<readonly TaskRunRecord[]>;
  idsByPrefix(prefix: string, limit: number): Promise<readonly string[]>;
  /** Inserts or overwrites the rows. */
  put(records: readonly TaskRunRecord[]): Promise<void>;
  /** All task runs of a flow run, oldest first, for replay: without parameters and outcomes (null). */
  recorded(flowRunId: string): Promise<readonly TaskRunRecord[]>;
  /** Outcomes by id, one read for many; ids that do not exist are absent. */
  outcomes(ids: readonly string[]): Promise<ReadonlyMap<string, string | null>>;
  /** One page of the runs that meet the named conditions, newest first, without outcomes (null). */
  list(filter: TaskRunFilter): Promise<readonly TaskRunRecord[]>;
  /** One page of any filter in any order, without outcomes (null). */
  find(query: ListQuery<'task-run'>): Promise<readonly TaskRunRecord[]>;
  count(filter: Filter<'task-run'>): Promise<number>;
  /** Counts over all rows of the filter (its page is ignored), by task key, state type and name. */
  counts(filter: TaskRunFilter): Promise<readonly TaskRunCount[]>;
  /** Unfinished task runs outside any flow whose session ended at least `graceMs` ago, session by session. Light. */
  orphaned(limit: number, query?: OrphanedTaskQuery): Promise<readonly TaskRunRecord[]>;
  /** As `orphaned`, and takes them from their session (`sessionId` null): what that still writes of them is refused. */
  takeOrphaned(limit: number, query?: OrphanedTaskQuery): Promise<readonly TaskRunRecord[]>;
  /** Unfinished task runs that clients report, of client-driven flow runs that ended at least `graceMs` ago. */
  leftOpen(limit: number, graceMs: number): Promise<readonly TaskRunRecord[]>;
  /** Unfinished task runs of a flow run (not of its child flow runs), oldest first. Light, as `recorded`. */
  unfinishedOf(flowRunId: string, limit: number): Promise<readonly TaskRunRecord[]>;
  /**
   * Changes facts of a task run that a client reports (the name of one that this engine runs is its holder's to write). Answers
   * the run as it is now stored; undefined = there is none.
   */
  amend(id: string, patch: TaskRunPatch): Promise<TaskRunRecord | undefined>;
  remove(ids: readonly string[]): Promise<number>;
}
