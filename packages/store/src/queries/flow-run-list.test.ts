/** A page of flow runs is of one moment, and is read by the narrowest of its conditions (law 8). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { machineHost } from '../adapters/host.ts';
import { flowRun, state } from '../conformance/harness.ts';
import type { SqliteDialect } from '../dialect/sqlite/dialect.ts';
import { openSqlite } from '../dialect/sqlite/open.ts';
import type { FlowRunFilter } from '../ports/flow-runs.ts';
import { SqlStore } from '../sql-store.ts';
import { flowRunPage } from './flow-run-list.ts';

describe('a page of flow runs', () => {
  let dialect: SqliteDialect;
  let store: SqlStore;
  beforeEach(async () => {
    dialect = await openSqlite({ path: ':memory:', durability: 'synced', host: machineHost, retryMaxMs: 0 });
    store = new SqlStore({ dialect, host: machineHost, retryMaxMs: 0 });
  });
  afterEach(() => store.close());

  test.each([
    ['RUNNING', 'COMPLETED'],
    ['COMPLETED', 'RUNNING'],
  ])('of types %s and %s has a run once that goes from one to the other meanwhile', async (...stateTypes) => {
    const run = flowRun({ state: state('RUNNING') });
    await store.putFlowRun(run);
    const all = dialect.reader.all;
    dialect.reader.all = async (sql, parameters) => {
      const rows = await all(sql, parameters);
      dialect.reader.all = all;
      run.state = state('COMPLETED');
      await store.putFlowRun(run);
      return rows;
    };
    expect(await store.read(({ flowRuns }) => flowRuns.list({ stateTypes }))).toHaveLength(1);
  });

  test.each<[FlowRunFilter, readonly string[]]>([
    [{ stateTypes: ['FAILED'] }, ['flow_run_state']],
    [{ stateTypes: ['FAILED'], flowName: 'etl' }, ['flow_run_flow_state']],
    [{ stateTypes: ['FAILED'], parentFlowRunId: 'f', flowName: 'etl' }, ['flow_run_parent']],
    [{ stateTypes: ['FAILED'], rootFlowRunId: 'f' }, ['flow_run_root']],
    [{ stateTypes: ['FAILED'], name: 'n', flowName: 'etl' }, ['flow_run_name']],
    [{ stateTypes: ['FAILED'], idempotencyKey: 'k', flowName: 'etl' }, ['flow_run_key']],
    [{ idempotencyKey: 'k' }, ['flow_run_key']],
    [{ idempotencyKeyPrefix: 'order-', since: 5 }, ['flow_run_key']],
    [{ name: 'n' }, ['flow_run_name']],
    [{ flowName: 'etl' }, ['flow_run_flow']],
  ])('where %o is read by its narrowest condition', async (filter, indexes) => {
    const { sql, parameters } = flowRunPage(dialect.syntax, filter);
    const plan = await dialect.reader.all(`EXPLAIN QUERY PLAN ${sql}`, parameters);
    const used = plan.flatMap((row) => /INDEX (flow_run_\w+)/.exec(String(row['detail']))?.[1] ?? []);
    expect(used).toEqual(indexes);
  });
});
