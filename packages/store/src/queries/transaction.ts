/** The ports of one transaction, over one set of queries. */
import type { Transaction } from '../ports/transaction.ts';
import { SqlCacheEntries } from './cache-entries.ts';
import { SqlChangeFeed } from './change-feed.ts';
import { databaseNow, type QueryContext } from './context.ts';
import { SqlFlows } from './flows.ts';
import { SqlFlowRuns } from './flow-runs.ts';
import { SqlInspection } from './inspection.ts';
import { SqlMaintenance } from './maintenance.ts';
import { SqlArtifacts, SqlLogs, SqlVariables } from './records.ts';
import { SqlReportedStates } from './reported-states.ts';
import { SqlRunInputs } from './run-inputs.ts';
import { SqlSessions } from './sessions.ts';
import { SqlSignals } from './signals.ts';
import { SqlSlots } from './slots.ts';
import { SqlTaskRuns } from './task-runs.ts';
import { SqlTurns } from './turns.ts';

/** Binds every port to the open transaction of the context. */
export function transactionOver(context: QueryContext): Transaction {
  return {
    now: () => databaseNow(context),
    flows: new SqlFlows(context),
    flowRuns: new SqlFlowRuns(context),
    taskRuns: new SqlTaskRuns(context),
    reportedStates: new SqlReportedStates(context),
    sessions: new SqlSessions(context),
    signals: new SqlSignals(context),
    runInputs: new SqlRunInputs(context),
    slots: new SqlSlots(context),
    cache: new SqlCacheEntries(context),
    logs: new SqlLogs(context),
    artifacts: new SqlArtifacts(context),
    variables: new SqlVariables(context),
    maintenance: new SqlMaintenance(context),
    turns: new SqlTurns(context),
    changeFeed: new SqlChangeFeed(context),
    inspection: new SqlInspection(context),
  };
}
