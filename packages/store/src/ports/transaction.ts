/**
 * The ports of a body given to `Store.write` or `Store.read`, bound to one transaction.
 *
 * Guarantees. In `write` everything a body did is committed together or not at all, and a body that throws takes back
 * only its own changes. In `read` only committed rows are seen and writing verbs fail. A body may be called again, so it
 * keeps nothing outside itself; it awaits nothing but its ports: one that waits for something else, such as another
 * `write`, ends as StoreBusy after 30 s. Once a body has ended its ports refuse.
 */
import type { ChangeFeed } from './change-feed.ts';
import type { CacheEntries, Sessions, Signals, Slots } from './coordination.ts';
import type { FlowRuns } from './flow-runs.ts';
import type { Flows } from './flows.ts';
import type { Inspection } from './inspection.ts';
import type { Maintenance, Turns } from './maintenance.ts';
import type { Artifacts, Logs, Variables } from './records.ts';
import type { ReportedStates } from './reported-states.ts';
import type { RunInputs } from './run-inputs.ts';
import type { TaskRuns } from './task-runs.ts';

/** The ports of one transaction. */
export interface Transaction {
  /** The database's clock (epoch ms): the only one that decides leases, lateness and schedules. */
  now(): Promise<number>;
  readonly flows: Flows;
  readonly flowRuns: FlowRuns;
  readonly taskRuns: TaskRuns;
  readonly reportedStates: ReportedStates;
  readonly sessions: Sessions;
  readonly signals: Signals;
  readonly runInputs: RunInputs;
  readonly slots: Slots;
  readonly cache: CacheEntries;
  readonly logs: Logs;
  readonly artifacts: Artifacts;
  readonly variables: Variables;
  readonly maintenance: Maintenance;
  readonly turns: Turns;
  readonly changeFeed: ChangeFeed;
  readonly inspection: Inspection;
}
