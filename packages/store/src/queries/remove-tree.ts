/** Deletes a flow run with everything under it, at any depth, and all that hangs on any of these runs. */
import type { SqlParameter } from '../dialect/dialect.ts';
import { blobGraceDefaultMs } from '../ports/maintenance.ts';
import { first, type QueryContext } from './context.ts';
import { noteBlobs } from './removal-parts.ts';

/** Task runs and flow runs are deleted in slices, so that no statement grows with the run. */
const sliceMax = 500;

/** Answers how many flow runs were deleted. */
export async function removeFlowRunTree(context: QueryContext, flowRunId: string): Promise<number> {
  const { syntax } = context;
  const rows = await context.all(
    'WITH RECURSIVE tree (id) AS (SELECT id FROM flow_run WHERE id = ? UNION ALL ' +
      'SELECT child.id FROM tree JOIN flow_run child ON child.parent_flow_run_id = tree.id) SELECT id FROM tree',
    [flowRunId],
  );
  const ids = rows.map((row) => row['id'] as string);
  for (let start = 0; start < ids.length; start += sliceMax) {
    const slice = syntax.list(ids.slice(start, start + sliceMax));
    const ofRuns = syntax.anyOf('flow_run_id');
    await noteValues(context, slice);
    await context.run(`DELETE FROM slot WHERE ${syntax.anyOf('holder_id')} AND expires_at IS NULL`, [slice]);
    await context.run(
      `DELETE FROM slot WHERE expires_at IS NULL AND holder_id IN (SELECT id FROM task_run WHERE ${ofRuns})`,
      [slice],
    );
    for (const table of ['signal', 'log', 'artifact', 'task_run']) {
      await context.run(`DELETE FROM ${table} WHERE ${ofRuns}`, [slice]);
    }
    await context.run(`DELETE FROM flow_run WHERE ${syntax.anyOf('id')}`, [slice]);
  }
  return ids.length;
}

/** Values outside the database that these runs refer to: retention deletes them after their time of grace. */
async function noteValues(context: QueryContext, flowRunIds: SqlParameter): Promise<void> {
  const { syntax } = context;
  const ofFlows =
    `SELECT outcome_blob, parameters_blob FROM flow_run WHERE ${syntax.anyOf('id')} ` +
    'AND (outcome_blob IS NOT NULL OR parameters_blob IS NOT NULL)';
  const ofTasks = `SELECT outcome_blob FROM task_run WHERE ${syntax.anyOf('flow_run_id')} AND outcome_blob IS NOT NULL`;
  const rows = [...(await context.all(ofFlows, [flowRunIds])), ...(await context.all(ofTasks, [flowRunIds]))];
  if (rows.length === 0) return;
  const now = (await first(context, `SELECT ${syntax.now} AS now`))?.['now'] as number;
  await noteBlobs(context, rows, now + blobGraceDefaultMs);
}
