/** All conformance suites, for one dialect. */
import { exerciseClientRecords } from './client-records.ts';
import { exerciseChangeFeed } from './change-feed.ts';
import { exerciseCache, exerciseSessions, exerciseSignals } from './coordination.ts';
import { exerciseFlowRuns } from './flow-runs.ts';
import type { MakeDatabase } from './harness.ts';
import { exerciseHotPath } from './hot-path.ts';
import { exerciseLists } from './lists.ts';
import { exerciseEdges, exerciseRecords } from './records.ts';
import { exerciseSlots } from './slots.ts';
import { exerciseTaskRuns } from './task-runs.ts';
import { exerciseTransactions } from './transactions.ts';

export function exerciseStore(makeDatabase: MakeDatabase): void {
  exerciseHotPath(makeDatabase);
  exerciseTransactions(makeDatabase);
  exerciseFlowRuns(makeDatabase);
  exerciseTaskRuns(makeDatabase);
  exerciseLists(makeDatabase);
  exerciseSessions(makeDatabase);
  exerciseSignals(makeDatabase);
  exerciseCache(makeDatabase);
  exerciseSlots(makeDatabase);
  exerciseClientRecords(makeDatabase);
  exerciseRecords(makeDatabase);
  exerciseChangeFeed(makeDatabase);
  exerciseEdges(makeDatabase);
}
