/**
 * Retires a flow run with all flow runs below it, finished or not: their rows are deleted at once, so that no process reads or writes them
 * any more. Their other records, which may be many, are deleted by removals of bounded size.
 */
import type { SqlParameter } from '../sql/dialect.ts';
import { blobGraceDefaultMs } from '../ports/maintenance.ts';
import { text } from '../sql/read.ts';
import { databaseNow, lockClause, type QueryContext } from './context.ts';
import { noteBlobs, noteRemovals } from './removal-parts.ts';

/** Flow runs are deleted in slices, so that no statement grows with the tree. */
const sliceMax = 500;

/** See FlowRuns.retireTree. */
export async function retireFlowRunTree(context: QueryContext, flowRunId: string): Promise<readonly string[]> {
  const { syntax } = context;
  const rows = await context.all(
    'WITH RECURSIVE tree (id) AS (SELECT id FROM flow_run WHERE id = ? UNION ALL ' +
      'SELECT child.id FROM tree JOIN flow_run child ON child.parent_flow_run_id = tree.id) SELECT id FROM tree',
    [flowRunId],
  );
  const ids = rows.map((row) => text(row, 'id')).sort();
  for (let start = 0; start < ids.length; start += sliceMax) {
    const some = ids.slice(start, start + sliceMax);
    const slice = syntax.list(some);
    const lock = lockClause(context, 'flow_run', some);
    if (lock !== '')
      await context.all(`SELECT id FROM flow_run WHERE ${syntax.anyOf('id')} ORDER BY id${lock}`, [slice]);
    await noteRemovals(context, { kind: 'flow-run', ids: some, dueAt: 0 });
    await noteFlowRunValues(context, slice);
    await context.run(`DELETE FROM flow_run WHERE ${syntax.anyOf('id')}`, [slice]);
  }
  return ids;
}

/** Values outside the database that these rows refer to: retention deletes them after their time of grace. */
export async function noteFlowRunValues(context: QueryContext, flowRunIds: SqlParameter): Promise<void> {
  const sql =
    `SELECT outcome_blob, parameters_blob FROM flow_run WHERE ${context.syntax.anyOf('id')} ` +
    'AND (outcome_blob IS NOT NULL OR parameters_blob IS NOT NULL)';
  const rows = await context.all(sql, [flowRunIds]);
  if (rows.length === 0) return;
  await noteBlobs(context, rows, (await databaseNow(context)) + blobGraceDefaultMs);
}
