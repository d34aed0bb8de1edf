/** A page of flow runs is of one moment, and is read by the narrowest of its conditions (law 8). */
import { type Filter, type FlowRunFilter, flowRunTree } from '@millrace/kernel';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { machineHost } from '../adapters/host.ts';
import { flowRun, state } from '../conformance/harness.ts';
import type { SqliteDialect } from '../dialect/sqlite/dialect.ts';
import { openSqlite } from '../dialect/sqlite/open.ts';
import { SqlStore } from '../sql-store.ts';
import { listRows } from './list.ts';

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
      if (!sql.includes('flow_name')) return rows;
      dialect.reader.all = all;
      run.state = state('COMPLETED');
      await store.putFlowRun(run);
      return rows;
    };
    expect(await store.read(({ flowRuns }) => flowRuns.list({ stateTypes }))).toHaveLength(1);
  });

  const indexesOf = async (filter: Filter<'flow-run'>, by: 'id' | 'sortAt' = 'id'): Promise<readonly string[]> => {
    const { syntax, reader } = dialect;
    let page: readonly string[] = [];
    const all: typeof reader.all = async (sql, parameters) => {
      const plan = await reader.all(`EXPLAIN QUERY PLAN ${sql}`, parameters);
      page = plan.flatMap((row) => /INDEX ((?:flow_run|sqlite)_\w+)/.exec(String(row['detail']))?.[1] ?? []);
      return reader.all(sql, parameters);
    };
    const query = { filter, order: { by, direction: 'descending' } } as const;
    await listRows({ ...reader, all, syntax }, { resource: 'flow-run', select: 'flow_name', query });
    // The page itself is read by key once its keys are known.
    return page.slice(1);
  };

  test.each<[FlowRunFilter, readonly string[]]>([
    [{ stateTypes: ['FAILED'] }, ['flow_run_state']],
    [{ stateTypes: ['FAILED', 'CRASHED'] }, ['flow_run_state', 'flow_run_state']],
    [{ stateTypes: ['COMPLETED'] }, ['sqlite_autoindex_flow_run_1']],
    [{ stateTypes: ['COMPLETED'], flowName: 'etl' }, ['flow_run_flow']],
    [{ parentFlowRunId: 'f' }, ['flow_run_parent']],
    [{ rootFlowRunId: 'f' }, ['sqlite_autoindex_flow_run_1', 'flow_run_root']],
    [{ name: 'n' }, ['flow_run_name']],
    [{ idempotencyKey: 'k', flowName: 'etl' }, ['flow_run_key']],
    [{ idempotencyKeyPrefix: 'order-', tags: ['eu'] }, ['flow_run_key']],
    [{ flowName: 'etl' }, ['flow_run_flow']],
    [{}, ['sqlite_autoindex_flow_run_1']],
  ])('where %o is read by its narrowest condition', async (filter, indexes) => {
    expect(await indexesOf(flowRunTree(filter))).toEqual(indexes);
  });

  test.each<[FlowRunFilter, readonly string[]]>([
    [{}, ['flow_run_time']],
    [{ stateTypes: ['COMPLETED'] }, ['flow_run_time']],
    [{ stateTypes: ['FAILED', 'CRASHED'] }, ['flow_run_state', 'flow_run_state']],
    [{ flowName: 'etl', tags: ['eu'] }, ['flow_run_flow']],
  ])('in the order of time where %o comes in the order of an index', async (filter, indexes) => {
    expect(await indexesOf(flowRunTree(filter), 'sortAt')).toEqual(indexes);
  });
});
