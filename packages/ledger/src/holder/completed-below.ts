/** Reads the completed runs below a completed run, because its body is not called again and so no call reaches them. */
import { type FlowRunRecord, StateType, type TaskRunRecord } from '@millrace/kernel';
import type { Journal } from '../journal/journal.ts';
import type { AnyRun } from '../state/run-tree.ts';
import type { RecordedRuns } from './recorded-runs.ts';

/** Completed runs at any depth, in the order of their ends. Most tasks called nothing; then nothing is read. */
export async function completedBelow(
  journal: Journal,
  recorded: RecordedRuns,
  run: TaskRunRecord | FlowRunRecord,
): Promise<readonly AnyRun[]> {
  const found = run.kind !== 'flow' ? inOneFlow(recorded, run.id) : [];
  const flows = run.kind !== 'flow' ? found.filter((below) => 'flowName' in below) : [run];
  for (const { id } of flows) found.push(...(await journal.tree(id)));
  return found.filter(({ state }) => state.type === StateType.Completed).sort(byEnd);
}

function inOneFlow(recorded: RecordedRuns, taskRunId: string): AnyRun[] {
  return recorded.calledBy(taskRunId).flatMap((run) => [run, ...inOneFlow(recorded, run.id)]);
}

function byEnd(left: AnyRun, right: AnyRun): number {
  return (left.endAt ?? 0) - (right.endAt ?? 0) || (left.id < right.id ? -1 : 1);
}
