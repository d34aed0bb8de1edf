/** Entry for other packages: the exports with which a test harness or a simulation makes a store over its own database. */
export type { CommitMark, Dialect, FaultKind, RowBatch, RowOutcome, Statements } from './sql/dialect.ts';
export { openSqlite } from './dialect/sqlite/open.ts';
export { SqlStore } from './sql-store.ts';
export { keepsStoredOutcome, markUnread } from './rows/unread-outcomes.ts';
