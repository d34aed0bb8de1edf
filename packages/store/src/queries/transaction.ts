/** The ports of one transaction, over one set of queries. */
import type { CacheEntries, Sessions, Signals, Slots } from '../ports/coordination.ts';
import type { FlowRuns } from '../ports/flow-runs.ts';
import type { Inspection } from '../ports/inspection.ts';
import type { Maintenance, Turns } from '../ports/maintenance.ts';
import type { Artifacts, Logs, Variables } from '../ports/records.ts';
import type { TaskRuns } from '../ports/task-runs.ts';
import type { Transaction } from '../ports/transaction.ts';
import { SqlCacheEntries } from './cache-entries.ts';
import { first, type QueryContext } from './context.ts';
import { SqlFlowRuns } from './flow-runs.ts';
import { SqlInspection } from './inspection.ts';
import { SqlMaintenance } from './maintenance.ts';
import { SqlArtifacts, SqlLogs, SqlVariables } from './records.ts';
import { SqlSessions } from './sessions.ts';
import { SqlSignals } from './signals.ts';
import { SqlSlots } from './slots.ts';
import { SqlTaskRuns } from './task-runs.ts';
import { SqlTurns } from './turns.ts';

export class SqlTransaction implements Transaction {
  readonly flowRuns: FlowRuns;
  readonly taskRuns: TaskRuns;
  readonly sessions: Sessions;
  readonly signals: Signals;
  readonly slots: Slots;
  readonly cache: CacheEntries;
  readonly logs: Logs;
  readonly artifacts: Artifacts;
  readonly variables: Variables;
  readonly maintenance: Maintenance;
  readonly turns: Turns;
  readonly inspection: Inspection;
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
    this.flowRuns = new SqlFlowRuns(context);
    this.taskRuns = new SqlTaskRuns(context);
    this.sessions = new SqlSessions(context);
    this.signals = new SqlSignals(context);
    this.slots = new SqlSlots(context);
    this.cache = new SqlCacheEntries(context);
    this.logs = new SqlLogs(context);
    this.artifacts = new SqlArtifacts(context);
    this.variables = new SqlVariables(context);
    this.maintenance = new SqlMaintenance(context);
    this.turns = new SqlTurns(context);
    this.inspection = new SqlInspection(context);
  }

  async now(): Promise<number> {
    const row = await first(this.#context, `SELECT ${this.#context.syntax.now} AS now`);
    return row?.['now'] as number;
  }
}
