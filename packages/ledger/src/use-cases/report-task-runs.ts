/**
 * Merges task states that other processes report into their rows, in one transaction (law 4, `mergeReport`).
 *
 * Each row is locked from its reading to its writing, so reports of several processes are merged one after the other; the merge gives the
 * same row in any order.
 */
import { type MergedReport, mergeReport, type TaskRunRecord, type TaskRunReport } from '@millrace/kernel';
import type { Transaction } from '@millrace/store';
import type { LedgerContext } from '../state/ledger-context.ts';
import { retryOnConflict } from '../state/retry-on-conflict.ts';

/** The position of a report in its run's record. `refused`: this engine runs the run, and records its states itself. */
export type ReportPosition = MergedReport['position'] | 'refused';

/** The position of each report, in their order. Durable when it resolves. */
export function reportTaskRuns(
  { store }: LedgerContext,
  reports: readonly TaskRunReport[],
): Promise<readonly ReportPosition[]> {
  // Rows are locked in the order of their ids.
  const runs = [...Map.groupBy(reports.entries(), ([, { run }]) => run.id)].sort(([a], [b]) => (a < b ? -1 : 1));
  return retryOnConflict(() =>
    store.write(async (transaction) => {
      const positions: ReportPosition[] = reports.map(() => 'refused');
      for (const [, ofRun] of runs) await mergeAll(transaction, ofRun, positions);
      return positions;
    }),
  );
}

async function mergeAll(
  transaction: Transaction,
  reports: readonly (readonly [number, TaskRunReport])[],
  positions: ReportPosition[],
): Promise<void> {
  const run = reports[0]?.[1].run;
  if (run === undefined) return;
  const stored = await transaction.taskRuns.reserve(run);
  const isClients = stored === undefined ? !(await isEngines(transaction, run.flowRunId)) : stored.dynamicKey !== null;
  if (!isClients) return;
  let record: TaskRunRecord | null = stored ?? null;
  const added: string[] = [];
  for (const [index, report] of reports) {
    const merged: MergedReport = mergeReport(record, report);
    record = merged.record;
    positions[index] = merged.position;
    if (merged.position !== 'known') added.push(report.state.id);
  }
  if (record === null || added.length === 0) return;
  const { id: runId } = record;
  await transaction.taskRuns.put([record]);
  await transaction.reportedStates.add(added.map((id) => ({ id, runId, runKind: 'task' })));
}

async function isEngines(transaction: Transaction, flowRunId: string | null): Promise<boolean> {
  const flowRun = flowRunId === null ? undefined : await transaction.flowRuns.get(flowRunId);
  return flowRun?.driver === 'engine';
}
