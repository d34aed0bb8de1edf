/** All suites of the ledger, for one kind of database. */
import { exerciseClientRuns } from './client-runs.ts';
import { exerciseClaims } from './claims.ts';
import { exerciseCoordination } from './coordination.ts';
import { exerciseExecutions } from './executions.ts';
import type { MakeDatabase } from './harness.ts';
import { exerciseLargeValues } from './large-values.ts';
import { exerciseMovesFromOutside } from './moves-from-outside.ts';
import { exerciseOrphans } from './orphans.ts';
import { exerciseRemovals } from './removals.ts';
import { exerciseVerification } from './verification.ts';
import { exerciseWaiting } from './waiting.ts';

export function exerciseLedger(make: MakeDatabase): void {
  exerciseHolder(make);
  exerciseRemovals(make);
  exerciseVerification(make);
}

/** The suites that drive what runs in the process that owns runs. */
export function exerciseHolder(make: MakeDatabase): void {
  exerciseExecutions(make);
  exerciseClaims(make);
  exerciseMovesFromOutside(make);
  exerciseClientRuns(make);
  exerciseWaiting(make);
  exerciseOrphans(make);
  exerciseCoordination(make);
  exerciseLargeValues(make);
}
