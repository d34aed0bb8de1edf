/**
 * One page of flow runs as one statement, so that a run which changes its state meanwhile is neither there twice nor missing.
 *
 * Each branch is read newest first in the order of an index and no further than the page goes: no list reads, or sorts, all
 * runs that ever were because of a condition that few of them meet.
 */
import { firstIdAt } from '@millrace/kernel';
import type { SqlParameter, Syntax } from '../sql/dialect.ts';
import type { FlowRunFilter } from '../ports/flow-runs.ts';
import { pageLimit } from '../ports/page.ts';
import { tagPattern } from '../sql/columns.ts';
import { flowRunListSelect } from '../rows/flow-run-row.ts';
import { Conditions, prefixEnd } from '../sql/conditions.ts';

interface Branch {
  readonly index?: string;
  readonly conditions: Conditions;
}

/** The statement of the page, and its parameters. */
export function flowRunPage(
  syntax: Syntax,
  filter: FlowRunFilter,
): { readonly sql: string; readonly parameters: readonly SqlParameter[] } {
  const limit = pageLimit(filter);
  const branches = branchesOf(syntax, filter);
  const page = (select: string, { index, conditions }: Branch): string =>
    `SELECT ${select} FROM flow_run${index === undefined ? '' : syntax.indexedBy(index)}${conditions.where} ` +
    'ORDER BY id DESC LIMIT ?';
  const parameters = branches.flatMap(({ conditions }) => [...conditions.parameters, limit]);
  const [only, ...more] = branches;
  if (only !== undefined && more.length === 0) return { sql: page(flowRunListSelect, only), parameters };
  const ids = branches.map((branch, place) => `SELECT id FROM (${page('id', branch)}) AS page${place}`);
  const sql = `SELECT ${flowRunListSelect} FROM flow_run WHERE id IN (${ids.join(' UNION ALL ')}) ORDER BY id DESC LIMIT ?`;
  return { sql, parameters: [...parameters, limit] };
}

/** By what is narrowest: a key, a parent, a tree or a name; else by type, one branch each. */
function branchesOf(syntax: Syntax, filter: FlowRunFilter): readonly Branch[] {
  const { idempotencyKey, parentFlowRunId, rootFlowRunId, name, flowName } = filter;
  const types = filter.stateTypes && [...new Set(filter.stateTypes)];
  const narrow = (): Conditions =>
    conditionsOf(syntax, filter).when(types && syntax.list(types), syntax.anyOf('state_type'));
  if (idempotencyKey !== undefined || filter.idempotencyKeyPrefix !== undefined)
    return [{ index: 'flow_run_key', conditions: narrow() }];
  if (typeof parentFlowRunId === 'string') return [{ index: 'flow_run_parent', conditions: narrow() }];
  if (rootFlowRunId !== undefined) {
    return [
      { index: 'flow_run_root', conditions: narrow().add('root_flow_run_id = ?', rootFlowRunId) },
      { conditions: narrow().add('id = ?', rootFlowRunId) },
    ];
  }
  if (name !== undefined) return [{ index: 'flow_run_name', conditions: narrow() }];
  const index = flowName === undefined ? 'flow_run_state' : 'flow_run_flow_state';
  const byType = types?.map((type) => ({
    index,
    conditions: conditionsOf(syntax, filter).add('state_type = ?', type),
  }));
  return byType ?? [{ conditions: conditionsOf(syntax, filter) }];
}

/** All conditions but the tree and the state's type. */
function conditionsOf(syntax: Syntax, filter: FlowRunFilter): Conditions {
  const conditions = new Conditions()
    .when(filter.flowName, 'flow_name = ?')
    .when(filter.name, 'name = ?')
    .when(filter.idempotencyKey, 'idempotency_key = ?')
    .when(filter.after, 'id < ?')
    .when(filter.since === undefined ? undefined : firstIdAt(filter.since), 'id >= ?')
    .when(filter.until === undefined ? undefined : firstIdAt(filter.until), 'id < ?')
    .when(filter.stateNames && syntax.list(filter.stateNames), syntax.anyOf('state_name'));
  const { idempotencyKeyPrefix } = filter;
  if (idempotencyKeyPrefix !== undefined)
    conditions
      .add('idempotency_key >= ?', idempotencyKeyPrefix)
      .add('idempotency_key < ? AND idempotency_key IS NOT NULL', prefixEnd(idempotencyKeyPrefix));
  if (filter.parentFlowRunId === null) conditions.add('parent_flow_run_id IS NULL');
  else conditions.when(filter.parentFlowRunId, 'parent_flow_run_id = ?');
  for (const tag of filter.tags ?? []) conditions.add(syntax.contains('tags'), tagPattern(tag));
  return conditions;
}
