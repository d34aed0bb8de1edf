/**
 * Ports: deleting what is old in small steps, and turns of services over all processes.
 *
 * A run is deleted in two moves. `retire*` takes its row away, so that no reader sees it any more, and notes it in the list
 * of removals; `removePart` then deletes what hung on it, a few rows a call, until nothing is left. The list survives the
 * process. No verb here touches a run that has not ended; one that is left NotReady has.
 */

/** How long a value outside the database stays after the last row that refers to it went: who read the row may fetch it. */
export const blobGraceDefaultMs = 60 * 60 * 1000;

/** The rows that one step deleted. */
export interface RemovedRows {
  readonly flowRuns: number;
  readonly taskRuns: number;
  readonly logs: number;
  readonly artifacts: number;
  /** With the inputs that clients left. */
  readonly signals: number;
}

/** `flow-run`, `task-run`: its own row is gone, what hangs on it is to follow. `blob`: the id is the beginning of a reference. */
export type RemovalKind = 'flow-run' | 'task-run' | 'blob';

/** One page of candidates. */
export interface EndedPage {
  readonly ids: readonly string[];
  /** Where the next page goes on; undefined = this was the last one. */
  readonly after: string | undefined;
}

/** Which part of the ended runs is wanted. */
export interface EndedQuery {
  /** Ended before this instant (epoch ms, database clock). */
  readonly endedBefore: number;
  /** As a page before said. */
  readonly after?: string;
  readonly limit: number;
}

/** Which rows that hang on nothing are old enough. */
export interface ExpiryQuery {
  /** Epoch ms by the database's clock. */
  readonly before: number;
  readonly limit: number;
}

/** Deleting what is old, inside one transaction; each verb is bounded in rows. Instants are epoch ms by the database's clock. */
export interface Maintenance {
  /** The database's own id; `proposed` becomes it if it has none. */
  databaseId(proposed: string): Promise<string>;
  /** Outermost flow runs that have ended, oldest first. */
  endedFlowRuns(query: EndedQuery): Promise<EndedPage>;
  /** Task runs outside any flow that have ended, oldest first. */
  endedTaskRuns(query: EndedQuery): Promise<EndedPage>;
  /** False when the run is not outermost, has not ended before that, or something under it has not ended. */
  retireFlowRun(id: string, query: { readonly endedBefore: number; readonly blobsDueAt: number }): Promise<boolean>;
  /** As retireFlowRun, for task runs outside any flow: all of these that have ended. Answers how many. */
  retireTaskRuns(
    ids: readonly string[],
    query: { readonly endedBefore: number; readonly blobsDueAt: number },
  ): Promise<number>;
  /** Removals that are due, oldest first. */
  removals(kind: RemovalKind, limit: number): Promise<readonly string[]>;
  /** Deletes up to `limit` rows that hung on a retired run; the removal itself once there are none. */
  removePart(
    removal: { readonly kind: 'flow-run' | 'task-run'; readonly id: string },
    query: { readonly limit: number; readonly blobsDueAt: number },
  ): Promise<{ readonly removed: RemovedRows; readonly complete: boolean }>;
  /** Flow runs that there are not and that rows of the table still name, by id. `limit`: of all that are named. */
  goneFlowRuns(query: {
    readonly table: 'log' | 'artifact';
    readonly after?: string;
    readonly limit: number;
  }): Promise<EndedPage>;
  /** Puts flow runs that are gone on the list of removals. */
  noteGone(ids: readonly string[]): Promise<void>;
  /** Takes these off the list. */
  settle(kind: RemovalKind, ids: readonly string[]): Promise<void>;
  /** Puts beginnings of references on the list of removals; one that is there stays as it is. */
  noteBlobs(referencePrefixes: readonly string[], dueAt: number): Promise<void>;
  /** Those of these beginnings of references that no row has. */
  unreferenced(referencePrefixes: readonly string[]): Promise<readonly string[]>;
  /** Deletes cache entries that are expired, and those without expiry that were made before `createdBefore`. */
  removeCacheEntries(query: {
    readonly createdBefore: number;
    readonly blobsDueAt: number;
    readonly limit: number;
  }): Promise<number>;
  /** Deletes log lines that belong to no run. */
  removeLooseLogs(query: ExpiryQuery): Promise<number>;
  /** Deletes artifacts that belong to no flow run and were not changed since. */
  removeLooseArtifacts(query: ExpiryQuery): Promise<number>;
  /** Closes sessions that expired before, and forgets commits of writers that are gone. Answers how many sessions. */
  removeDeadSessions(query: ExpiryQuery): Promise<number>;
}

/** A service's turn: one process at a time, and once in so many milliseconds over all of them. */
export interface Turns {
  /** The turn's fencing token; undefined = another process has it, or it was ended less than `everyMs` ago. */
  take(turn: {
    readonly name: string;
    readonly holderId: string;
    readonly ttlMs: number;
    readonly everyMs: number;
  }): Promise<number | undefined>;
  /** False = the turn is another's now. */
  extend(turn: { readonly name: string; readonly token: number; readonly ttlMs: number }): Promise<boolean>;
  /** Gives it back; `complete` false: the next process goes on, however soon. */
  end(turn: { readonly name: string; readonly token: number; readonly complete: boolean }): Promise<boolean>;
}
