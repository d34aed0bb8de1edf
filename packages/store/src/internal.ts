/** Entry for sister packages: what a test harness or a simulation needs to put a store over a database of its own making. */
export type { CommitMark, Dialect, FaultKind, RowBatch, RowOutcome, Statements } from './sql/dialect.ts';
export { openSqlite } from './dialect/sqlite/open.ts';
export { SqlStore } from './sql-store.ts';
export { keepsStoredOutcome, markUnread } from './rows/unread-outcomes.ts';
