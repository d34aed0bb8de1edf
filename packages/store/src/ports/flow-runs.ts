/**
 * Port: flow runs inside one transaction.
 *
 * Records that leave this port are copies of stored rows. Writes are guarded by the row's revision: what was decided on
 * an older row is refused with RunChanged, so the caller loads the row and retries. Records of lists come without outcome;
 * written back in the state that was read they leave the stored outcome as it is.
 */
import type { FlowRunPatch, Filter, FlowRunFilter, FlowRunRecord, ListQuery } from '@millrace/kernel';

/** The facts from which an owner sees that its run was interrupted or lost. */
export interface FlowRunHead {
  readonly id: string;
  readonly parentFlowRunId: string | null;
  readonly sessionId: string | null;
  readonly token: number;
  readonly revision: string;
  readonly stateType: string;
  readonly stateName: string;
}

/** Port: flow runs inside one transaction. Writes throw RunChanged when they were decided on an older row. */
export interface FlowRuns {
  /**
   * Inserts the record (its `revision` is set) unless its (flowName, idempotencyKey) or its id exists; then the stored
   * run comes back. A run without an idempotency key conflicts by id only.
   */
  insertIfAbsent(record: FlowRunRecord): Promise<{ readonly inserted: boolean; readonly run: FlowRunRecord }>;
  get(id: string): Promise<FlowRunRecord | undefined>;
  /** As `get`, and no other transaction writes the row before this transaction ends. */
  getForUpdate(id: string): Promise<FlowRunRecord | undefined>;
  /** As `getForUpdate`, without waiting: undefined when the run is gone or another transaction has it locked. */
  getUnlocked(id: string): Promise<FlowRunRecord | undefined>;
  /** Ids that begin with `prefix`, at most `limit`, oldest first: one = found, two = ambiguous. */
  idsByPrefix(prefix: string, limit: number): Promise<readonly string[]>;
  getByKey(flowName: string, idempotencyKey: string): Promise<FlowRunRecord | undefined>;
  /**
   * Writes the record under its token and revision and sets `record.revision` anew (set back if the transaction is not
   * committed). Throws RunChanged when the stored row has another revision or token, or is gone.
   */
  put(record: FlowRunRecord): Promise<void>;
  /**
   * Gives the run to the session: a new token, a new revision. Answers the run as it is now stored; the record given is
   * not touched. Throws RunChanged when the stored row is not the one the record was read from.
   */
  claim(record: FlowRunRecord, sessionId: string): Promise<FlowRunRecord>;
  /** One page of the runs that meet the named conditions, newest first, without outcomes (null). */
  list(filter: FlowRunFilter): Promise<readonly FlowRunRecord[]>;
  /** One page of any filter in any order, without outcomes (null). */
  find(query: ListQuery<'flow-run'>): Promise<readonly FlowRunRecord[]>;
  count(filter: Filter<'flow-run'>): Promise<number>;
  /** All runs directly under a flow run, oldest first, for replay: without parameters ('') and outcomes (null). */
  childrenOf(parentFlowRunId: string): Promise<readonly FlowRunRecord[]>;
  /**
   * Outermost unfinished runs of these flows (absent = of any flow) that want a process: first those that have begun, that have no
   * owner and whose `wakeAt` is due, then those whose session is expired or closed, then those that are due and have not begun. What
   * is due for longest comes first. With `lostWithinMs`, at last those that a sweep ended as Crashed within that time, because no
   * process served their flow.
   */
  claimable(query: {
    readonly flowNames?: readonly string[];
    readonly lostWithinMs?: number;
    readonly limit: number;
  }): Promise<readonly FlowRunRecord[]>;
  /** As `claimable`, but only those whose session is expired or closed. */
  orphaned(query: {
    readonly flowNames?: readonly string[];
    readonly limit: number;
  }): Promise<readonly FlowRunRecord[]>;
  /**
   * Outermost unfinished runs that no process takes up: those of no flow in `served` whose session ended, or whose process left
   * them while they were RUNNING, at least `graceMs` ago; and those that were being cancelled and whose session is over.
   */
  abandoned(query: {
    readonly served: readonly string[];
    readonly graceMs: number;
    readonly limit: number;
  }): Promise<readonly FlowRunRecord[]>;
  /**
   * Changes facts of the run, under a new revision: its holder reads the row again before its next write. Answers the run as it
   * is now stored; undefined = there is none.
   */
  amend(id: string, patch: FlowRunPatch): Promise<FlowRunRecord | undefined>;
  /** Notes that the client of an unfinished run that it drives sent a heartbeat now. False when there is no such run. */
  seen(id: string): Promise<boolean>;
  /** Unfinished client-driven runs whose clients sent heartbeats and none for so long, the longest silent first. */
  silent(query: { readonly silentMs: number; readonly limit: number }): Promise<readonly FlowRunRecord[]>;
  /** Leaves all that the session holds and that has not ended to others: without an owner and due now. Answers how many. */
  letGo(sessionId: string): Promise<number>;
  /**
   * Unfinished runs that a session holds, by id. `interrupted`: only those whose state is neither PENDING nor RUNNING
   * (a pause or a cancel was requested, or the holder itself waits for a retry).
   */
  heldBy(
    sessionId: string,
    page: { readonly interrupted?: boolean; readonly after?: string; readonly limit: number },
  ): Promise<readonly FlowRunHead[]>;
  /** The heads of these runs, as far as they exist: one read for many. */
  heads(ids: readonly string[]): Promise<readonly FlowRunHead[]>;
  /** Unfinished runs below this one at any depth (not itself), oldest first, at most `limit`. A transaction that writes locks them. */
  unfinishedUnder(flowRunId: string, limit: number): Promise<readonly FlowRunRecord[]>;
  /**
   * Deletes the rows of the run and of all flow runs under it, whatever their state, and answers their ids. What hangs on
   * them is on the list of removals: see Maintenance.removePart.
   */
  retireTree(flowRunId: string): Promise<readonly string[]>;
}
