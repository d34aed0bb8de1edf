/**
 * What a transaction keeps of the tasks that completed in it: their commit and rollback hooks, in order.
 */
import type { Run } from '../run/run.ts';

export interface TransactionScope {
  /** A task completed within the transaction. */
  joined(run: Run, value: unknown): void;
}
