/** Writes one batch in one transaction and returns the result of each part. The writer settles the promises, once the commit is certain. */
import { StaleExecution } from '@millrace/kernel';
import type { Timers } from '../adapters/host.ts';
import type { Dialect, RowBatch, RowOutcome } from '../sql/dialect.ts';
import { lockedFlowRuns } from '../sql/locked-flow-runs.ts';
import type { Fence } from '../ports/store.ts';
import type { QueryContext } from '../queries/context.ts';
import type { LockOrder } from '../sql/lock-order.ts';
import { transactionOver } from '../queries/transaction.ts';
import { RunChanged } from '../ports/run-changed.ts';
import type { Batch, BodySegment, RowSegment } from './batch.ts';
import { runBounded } from './body-bound.ts';

/** Callbacks that run after the commit. */
export type Settlement = () => void;

export interface BatchRun {
  readonly dialect: Dialect;
  /** For the time that a body has. */
  readonly timers: Timers;
  readonly nextRevision: () => string;
  readonly uniqueId: () => string;
  /** null = the writer is alone. */
  readonly locks: LockOrder | null;
  /** Filled while the batch runs; called in reverse when it is not committed. */
  readonly undo: (() => void)[];
}

/** Whether the batch is one segment of rows: those have a shorter way. */
export function onlyRows(batch: Batch): RowSegment | undefined {
  const [segment, ...more] = batch.segments;
  return segment?.kind === 'rows' && more.length === 0 ? segment : undefined;
}

/** Runs the segments inside an open transaction. */
export async function runSegments(run: BatchRun, batch: Batch): Promise<readonly Settlement[]> {
  const settlements: Settlement[] = [];
  const alone = batch.segments.length === 1;
  for (const segment of batch.segments) {
    if (segment.kind === 'rows') {
      if (segment.written) continue;
      const rows = toRowBatch(run, segment);
      const outcome = await run.dialect.writeRows(rows, mayWait(run, rows));
      settlements.push(settleRows(run, segment, outcome));
    } else {
      settlements.push(await runBody(run, segment, alone));
    }
  }
  return settlements;
}

async function runBody(run: BatchRun, segment: BodySegment, alone: boolean): Promise<Settlement> {
  const { dialect, undo } = run;
  const undoBefore = undo.length;
  if (!alone) await dialect.writer.run('SAVEPOINT body');
  try {
    const bound = { timers: run.timers, location: dialect.location };
    const value = await runBounded(bound, writingContext(run), (context) => segment.body(transactionOver(context)));
    if (!alone) await dialect.writer.run('RELEASE SAVEPOINT body');
    return () => segment.done.resolve(value);
  } catch (error) {
    // Alone, or the database's own trouble: the whole batch is taken back. Otherwise only what this body did.
    if (alone || dialect.classify(error) !== 'statement') throw new BodyFailure(error);
    await dialect.writer.run('ROLLBACK TO SAVEPOINT body');
    await dialect.writer.run('RELEASE SAVEPOINT body');
    rollBack(undo, undoBefore);
    return () => segment.done.reject(error);
  }
}

/** Another transaction has the key, and waiting for it is not in the order of locks. */
class KeyLocked extends Error {
  /** As PostgreSQL says it of a row (lock_not_available). */
  readonly code = '55P03';

  constructor() {
    super('another transaction has this key locked');
  }
}

/** Distinguishes an error that a body threw from one of the writer's own statements. */
export class BodyFailure extends Error {
  constructor(cause: unknown) {
    super('a transaction body failed', { cause });
  }
}

/** Whether waiting for the flow runs that these rows lock keeps to the order of locks. */
function mayWait({ locks }: BatchRun, rows: RowBatch): boolean {
  if (locks === null) return true;
  const isFirst = locks.take(
    'flow_run',
    lockedFlowRuns(rows).map(({ flowRunId }) => flowRunId),
  );
  if (rows.tasks.length > 0) locks.take('task_run');
  return isFirst;
}

function writingContext(run: BatchRun): QueryContext {
  const { dialect, nextRevision, undo, locks } = run;
  return {
    syntax: dialect.syntax,
    all: dialect.writer.all,
    run: dialect.writer.run,
    writeRows: (batch) => dialect.writeRows(batch, mayWait(run, batch)),
    lockKey: (key) => lockKey(run, key),
    nextRevision,
    uniqueId: run.uniqueId,
    locks,
    onRollback: (callback) => undo.push(callback),
  };
}

async function lockKey({ dialect, locks }: BatchRun, key: string): Promise<void> {
  if (locks === null) return;
  const { syntax, writer } = dialect;
  if (locks.take('key', [key])) await writer.all(syntax.lockKey, [key]);
  else if ((await writer.all(syntax.tryLockKey, [key]))[0]?.['locked'] === 0) throw new KeyLocked();
}

/** Undoes in reverse order, down to `from`. */
export function rollBack(undo: (() => void)[], from = 0): void {
  while (undo.length > from) undo.pop()?.();
}

const none: ReadonlySet<Fence | null> = new Set();

/** The segment as the dialect writes it. Each flow run gets its new revision here, and keeps it over retries. */
export function toRowBatch(run: BatchRun, segment: RowSegment): RowBatch {
  const flows = [...segment.flows.values()].map((entry) => {
    if (entry.next === '') entry.next = run.nextRevision();
    return { record: entry.record, expected: entry.record.revision, next: entry.next, parent: entry.parent };
  });
  const tasks = [...segment.groups.values()].map(({ fence, records }) => ({ fence, records: [...records.values()] }));
  return { flows, tasks, logs: segment.logs };
}

/** Moves the written records on to their new revisions, and returns the function that settles the waiting promises. */
export function settleRows(run: Pick<BatchRun, 'undo'>, segment: RowSegment, outcome: RowOutcome): Settlement {
  for (const { record, next } of segment.flows.values()) {
    if (outcome.flows.has(record.id)) continue;
    const before = record.revision;
    record.revision = next;
    run.undo.push(() => {
      record.revision = before;
    });
  }
  const stale = outcome.stale.size === 0 ? none : new Set([...outcome.stale].map(({ fence }) => fence));
  return () => {
    for (const { record, done } of segment.flows.values()) {
      const refusal = outcome.flows.get(record.id);
      if (refusal === undefined) done.resolve();
      else if (refusal === 'changed') done.reject(new RunChanged(record.id));
      else done.reject(new StaleExecution({ flowRunId: record.id, token: record.token }));
    }
    for (const { fence, done } of segment.groups.values()) {
      if (fence !== null && stale.has(fence)) done.reject(new StaleExecution(fence));
      else done.resolve();
    }
    segment.logged?.resolve();
  };
}
