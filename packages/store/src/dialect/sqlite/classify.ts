/** Classifies an error of node:sqlite for the store. It reads result codes only, never messages. */
import type { FaultKind } from '../../sql/dialect.ts';
import { DatabaseGone } from './database-file.ts';

const kinds: ReadonlyMap<number, FaultKind> = new Map([
  [5, 'busy'], // SQLITE_BUSY
  [6, 'busy'], // SQLITE_LOCKED
  [8, 'readonly'], // SQLITE_READONLY
  [10, 'io'], // SQLITE_IOERR
  [11, 'corrupt'], // SQLITE_CORRUPT
  [13, 'full'], // SQLITE_FULL
  [14, 'io'], // SQLITE_CANTOPEN
  [26, 'corrupt'], // SQLITE_NOTADB
]);

/** SQLITE_IOERR_WRITE and SQLITE_IOERR_SHMSIZE: what a full disk looks like where SQLite doesn't report SQLITE_FULL. */
const fullDiskCodes: ReadonlySet<number> = new Set([4874]);

/** SQLITE_READONLY_DBMOVED. */
const movedCode = 1032;

/** The result code of an error of node:sqlite; undefined = it is something else. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { errcode } = error as Error & { errcode?: unknown };
  return typeof errcode === 'number' ? errcode : undefined;
}

/** A statement of a transaction that a synchronous flush took back: its batch is to be tried again. */
export class TransactionTakenBack extends Error {
  constructor() {
    super('the transaction was taken back by a synchronous flush');
  }
}

/** See Dialect.classify. */
export function classifySqlite(error: unknown): FaultKind {
  if (error instanceof TransactionTakenBack) return 'busy';
  if (error instanceof DatabaseGone) return 'gone';
  const code = resultCode(error);
  if (code === undefined) return 'statement';
  if (fullDiskCodes.has(code)) return 'full';
  if (code === movedCode) return 'gone';
  return kinds.get(code & 0xff) ?? 'statement';
}
