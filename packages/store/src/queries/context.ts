/** The state that the queries of one transaction share. */
import type { Row, RowBatch, RowOutcome, SqlParameter, Statements, Syntax } from '../sql/dialect.ts';
import { ms } from '../sql/read.ts';
import type { LockedTable, LockOrder } from '../sql/lock-order.ts';

export interface QueryContext extends Statements {
  readonly syntax: Syntax;
  /** Writes rows of the wide tables; fails in a transaction that only reads. */
  writeRows(batch: RowBatch): Promise<RowOutcome>;
  nextRevision(): string;
  /** For rows that the store makes itself. */
  uniqueId(): string;
  /** The locks of the transaction; null = it only reads, or its writer is alone. */
  readonly locks: LockOrder | null;
  /** No other transaction passes with the same key before this transaction ends. */
  lockKey(key: string): Promise<void>;
  /** Called in reverse order if the transaction is not committed. */
  onRollback(undo: () => void): void;
}

/** After a SELECT in the order of ids: its rows are locked, and waited for only where the order of locks allows it. */
export function lockClause(
  { syntax, locks }: Pick<QueryContext, 'syntax' | 'locks'>,
  table: LockedTable,
  ids?: readonly string[],
): string {
  if (locks === null) return '';
  return locks.take(table, ids) ? syntax.forUpdate : syntax.noWait;
}

/** The database's clock (epoch ms). */
export async function databaseNow(context: Pick<QueryContext, 'syntax' | 'all'>): Promise<number> {
  const [row = {}] = await context.all(`SELECT ${context.syntax.now} AS now`);
  return ms(row, 'now');
}

/** The first row; undefined = none. */
export async function first(
  context: Statements,
  sql: string,
  parameters: readonly SqlParameter[] = [],
): Promise<Row | undefined> {
  return (await context.all(sql, parameters))[0];
}
