/**
 * A database below the store, in a few primitives. Queries are written once above it; only what differs between SQLite
 * and PostgreSQL is here.
 *
 * Parameters are positional and spelled `?` in every statement. Text goes in through `storable`, so that both databases
 * give the same answer for what one of them can't hold. One writer at a time: the caller orders `begin` to `commit`.
 */
import type { FlowRunRecord, TaskRunRecord } from '@millrace/kernel';
import type { LogRow } from '../ports/records.ts';
import type { Fence, FlowRunFence } from '../ports/store.ts';

export type SqlValue = string | number | null;
/** The parameters of a statement: `list` makes the one value that is neither text nor number. */
export type SqlParameter = SqlValue | readonly string[];
export type Row = Readonly<Record<string, SqlValue>>;

/** Runs statements: on the writer inside its open transaction, or on a reader. */
export interface Statements {
  /**
   * The rows of a statement. `once`: its text is put together for this use, so it is neither kept prepared nor planned for other
   * values than its own.
   */
  all(sql: string, parameters?: readonly SqlParameter[], use?: 'once'): Promise<readonly Row[]>;
  /** Answers how many rows were written. */
  run(sql: string, parameters?: readonly SqlParameter[]): Promise<number>;
}

/** The spellings that differ. */
export interface Syntax {
  /** An expression: the database's clock in microseconds since the epoch. Evaluated once a statement. */
  readonly now: string;
  /** After a SELECT: its rows stay as they are until the transaction ends. */
  readonly forUpdate: string;
  /** As `forUpdate`, and an error at once where another transaction has one of them locked. */
  readonly noWait: string;
  /** As `forUpdate`, leaving out rows that another transaction has locked. */
  readonly skipLocked: string;
  /**
   * After a table's name: its rows are read by this index. SQLite counts no rows, and takes an index of the whole history for
   * one that holds the few unfinished; PostgreSQL knows by its statistics.
   */
  indexedBy(index: string): string;
  /** A condition: the column's text contains the parameter, exactly. */
  contains(column: string): string;
  /** A condition: the column is like the parameter's pattern, in upper or lower case of ASCII letters; a backslash escapes. */
  like(column: string): string;
  /** The column's value for an ORDER BY that must sort: no index is in the order of this expression. */
  unindexed(column: string, isText: boolean): string;
  /** A condition: the column is one of the list given as one parameter. */
  anyOf(column: string): string;
  /** The parameter for `anyOf`. */
  list(values: readonly string[]): SqlParameter;
  /** A statement that lets one transaction pass for the key given as its parameter; '' = the writer is alone anyway. */
  readonly lockKey: string;
  /** Of the change feed (ports/change-feed.ts). */
  readonly feed: FeedSyntax;
  /** As `lockKey`, answering at once: `locked` is 0 where another transaction has the key. */
  readonly tryLockKey: string;
  /** Column types of migrations. */
  readonly types: {
    readonly text: string;
    readonly integer: string;
    readonly real: string;
    readonly sequence: string;
    /** As `sequence`, and a number that was given is never given again. */
    readonly lastingSequence: string;
    /** null = large values are kept in a folder beside the database, never in it. */
    readonly bytes: string | null;
  };
  /** After a column's type in a migration: its value follows from the row's other columns. */
  derived(expression: string): string;
}

/** How the change feed orders commits. */
export interface FeedSyntax {
  /** An expression: the id of the transaction that runs the statement. */
  readonly transactionId: string;
  /** An expression: every transaction with a smaller id has ended. */
  readonly endedBelow: string;
  /** Two expressions: transaction and sequence after which a new follower reads. */
  readonly start: string;
  /** Statements after which no open transaction is left that has looked for followers. */
  readonly waitForWriters: readonly string[];
}

export interface FlowWrite {
  readonly record: FlowRunRecord;
  /** The revision that must be stored; '' = the row must not exist. */
  readonly expected: string;
  readonly next: string;
  /** Of a run that begins: its parent's fence, which must hold where the parent is stored. */
  readonly parent: FlowRunFence | null;
}

export interface TaskWrite {
  readonly fence: Fence | null;
  readonly records: readonly TaskRunRecord[];
}

/** Rows of the hot path: flow runs first, then task runs whose fence holds, then logs. No id twice. */
export interface RowBatch {
  readonly flows: readonly FlowWrite[];
  readonly tasks: readonly TaskWrite[];
  readonly logs: readonly LogRow[];
}

/** The refused parts of a batch; all else was written. */
export interface RowOutcome {
  /** By flow run id: its token is another ('stale'), or its revision is ('changed'). */
  readonly flows: ReadonlyMap<string, 'stale' | 'changed'>;
  readonly stale: ReadonlySet<TaskWrite>;
}

/** The kind of a statement's failure, as far as it decides what to do next. */
export type FaultKind =
  /** Another writer has the lock: try again soon. */
  | 'busy'
  /** The database took the transaction back to keep its promises: try again. */
  | 'conflict'
  /** The way to the database is gone: connect and try again. */
  | 'connection'
  | 'full'
  /** The role lacks a right. */
  | 'refused'
  | 'readonly'
  /** Written data may not have reached the disk: nothing can be trusted until the file is opened again. */
  | 'io'
  | 'corrupt'
  /** The opened database is not there any more: its file, schema or database was moved, replaced or deleted. */
  | 'gone'
  /** The statement's own fault. */
  | 'statement';

/** Names one commit of one writer, where a commit's fate can be unknown. */
export interface CommitMark {
  readonly writerId: string;
  readonly batch: number;
}

/**
 * The differences between databases: statements, transactions, and the hot path's rows. Everything else is one set of queries over it.
 * Methods reject with the driver's errors, which `classify` distinguishes; the error for an answer that never came says in `waitedMs`
 * how long it was waited for.
 */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  readonly location: string;
  /** Whether a pooler is between this process and the server: see ports/store.ts. */
  readonly isPooled?: boolean;
  readonly syntax: Syntax;
  readonly writer: Statements;
  readonly reader: Statements;
  /** Whether a commit can succeed without the caller hearing of it; then each commit writes a mark. */
  readonly marksCommits: boolean;
  /** `isJoined`: of several bodies, whose locks may be in no order: it waits for none for long. */
  begin(isJoined: boolean): Promise<void>;
  commit(mark: CommitMark | null): Promise<void>;
  /** Never fails: an unusable connection is thrown away. */
  rollback(): Promise<void>;
  /** Writes the rows inside the open transaction. Unless it `mayWait`, a row that another transaction has locked is a conflict. */
  writeRows(batch: RowBatch, mayWait: boolean): Promise<RowOutcome>;
  /** One whole transaction that writes the rows. */
  commitRows(batch: RowBatch, mark: CommitMark | null): Promise<RowOutcome>;
  /** As commitRows, at once, and without waiting for locks. undefined = this database can't. */
  commitRowsNow?(batch: RowBatch): RowOutcome;
  /** As commitRows, at once; takes back a transaction that is open, and waits for locks. undefined = this database can't. */
  commitRowsSync?(batch: RowBatch): RowOutcome;
  /** Whether the commit under this mark took place. */
  wasCommitted(mark: CommitMark): Promise<boolean>;
  /**
   * Whether the database is older than this commit, which it had confirmed: asked after a reconnect, which may lead to another
   * server. undefined = that can't be.
   */
  isOlderThan?(confirmed: CommitMark): Promise<boolean>;
  classify(error: unknown): FaultKind;
  /** The way out of an error, for people; undefined = nothing that its kind does not say. */
  wayOutOf?(error: unknown): string | undefined;
  /** After a 'connection' fault. */
  reconnect(): Promise<void>;
  /** Calls the listener when another process may have committed. */
  watch(listener: () => void): { close(): void };
  close(): Promise<void>;
}
