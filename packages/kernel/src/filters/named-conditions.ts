/** Named conditions for lists of flow runs and task runs, and the filter trees that they stand for. Every list is bounded and paged by key (law 8). */
import type { Filter, Order } from './filter.ts';
import { firstIdAt } from '../ids/uuid7.ts';
import type { Position } from './order.ts';
import type { Resource } from './resources.ts';

/** A page of a list in the order of keys. */
export interface PageRequest {
  readonly limit?: number;
  /** The last key of the page before; absent = the first page. */
  readonly after?: string;
}

/** One page of a list: which records, in which order, from where. */
export interface ListQuery<R extends Resource> {
  /** Absent = all records. */
  readonly filter?: Filter<R>;
  /** Absent = by key, the largest first: of ids that is the newest first. */
  readonly order?: Order<R>;
  readonly limit?: number;
  /** The position of the last record of the page before. */
  readonly after?: Position;
  /** How many records to leave out, for callers that page by number; absent = none. */
  readonly offset?: number;
}

/** Which flow runs; every given condition must hold. Newest first. */
export interface FlowRunFilter extends PageRequest {
  readonly flowName?: string;
  readonly stateTypes?: readonly string[];
  readonly stateNames?: readonly string[];
  /** All of them must be on the run. */
  readonly tags?: readonly string[];
  /** null = outermost runs only. */
  readonly parentFlowRunId?: string | null;
  /** The run itself, too. */
  readonly rootFlowRunId?: string;
  readonly idempotencyKey?: string;
  /** Keys that begin so. */
  readonly idempotencyKeyPrefix?: string;
  /** Made at this instant or after it (epoch ms). */
  readonly since?: number;
  /** Made before this instant (epoch ms). */
  readonly until?: number;
  readonly name?: string;
}

/** Which task runs; every given condition must hold. Newest first. */
export interface TaskRunFilter extends PageRequest {
  readonly flowRunId?: string;
  readonly rootFlowRunId?: string;
  readonly parentTaskRunId?: string;
  readonly taskKey?: string;
  readonly stateTypes?: readonly string[];
  readonly stateNames?: readonly string[];
  /** All of them must be on the run. */
  readonly tags?: readonly string[];
}

/** The tree that the named conditions stand for. */
export function flowRunTree(given: FlowRunFilter): Filter<'flow-run'> {
  const filters: Filter<'flow-run'>[] = [...testsOfBoth(given)];
  const one = (
    field: 'flowName' | 'name' | 'idempotencyKey' | 'parentFlowRunId',
    value: string | null | undefined,
  ): void => {
    if (value === null) filters.push({ kind: 'field', field, test: 'isNull' });
    else if (value !== undefined) filters.push({ kind: 'field', field, test: 'anyOf', values: [value] });
  };
  one('flowName', given.flowName);
  one('name', given.name);
  one('idempotencyKey', given.idempotencyKey);
  one('parentFlowRunId', given.parentFlowRunId);
  const { since, until, idempotencyKeyPrefix: part, rootFlowRunId } = given;
  // Ids of version 7 begin with the instant that they were made at.
  if (since !== undefined) filters.push({ kind: 'field', field: 'id', test: 'atLeast', bound: firstIdAt(since) });
  if (until !== undefined) filters.push({ kind: 'field', field: 'id', test: 'below', bound: firstIdAt(until) });
  if (part !== undefined) filters.push({ kind: 'field', field: 'idempotencyKey', test: 'startsWith', part });
  if (rootFlowRunId !== undefined) filters.push(treeOf(rootFlowRunId));
  return { kind: 'and', filters };
}

/** The tree that the named conditions stand for. */
export function taskRunTree(given: TaskRunFilter): Filter<'task-run'> {
  const filters: Filter<'task-run'>[] = [...testsOfBoth(given)];
  const one = (field: 'flowRunId' | 'parentTaskRunId' | 'taskKey', value: string | undefined): void => {
    if (value !== undefined) filters.push({ kind: 'field', field, test: 'anyOf', values: [value] });
  };
  one('flowRunId', given.flowRunId);
  one('parentTaskRunId', given.parentTaskRunId);
  one('taskKey', given.taskKey);
  const { rootFlowRunId } = given;
  if (rootFlowRunId !== undefined) {
    const own: Filter<'task-run'> = { kind: 'field', field: 'flowRunId', test: 'anyOf', values: [rootFlowRunId] };
    const below: Filter<'task-run'> = { kind: 'exists', relation: 'flowRun', filter: treeOf(rootFlowRunId) };
    filters.push({ kind: 'or', filters: [own, below] });
  }
  return { kind: 'and', filters };
}

/** The page of a list in the order of ids, newest first. */
export function newestFirst(page: PageRequest): Pick<ListQuery<'flow-run' | 'task-run'>, 'limit' | 'after'> {
  const { limit, after } = page;
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(after === undefined ? {} : { after: { value: after, key: after } }),
  };
}

/** The tests of what flow runs and task runs both have. */
function testsOfBoth({
  stateTypes,
  stateNames,
  tags,
}: Pick<FlowRunFilter, 'stateTypes' | 'stateNames' | 'tags'>): readonly (Filter<'flow-run'> & Filter<'task-run'>)[] {
  const tests: (Filter<'flow-run'> & Filter<'task-run'>)[] = [];
  if (stateTypes !== undefined) tests.push({ kind: 'field', field: 'stateType', test: 'anyOf', values: stateTypes });
  if (stateNames !== undefined) tests.push({ kind: 'field', field: 'stateName', test: 'anyOf', values: stateNames });
  if (tags !== undefined && tags.length > 0) tests.push({ kind: 'field', field: 'tags', test: 'allOf', values: tags });
  return tests;
}

function treeOf(rootFlowRunId: string): Filter<'flow-run'> {
  return {
    kind: 'or',
    filters: [
      { kind: 'field', field: 'id', test: 'anyOf', values: [rootFlowRunId] },
      { kind: 'field', field: 'rootFlowRunId', test: 'anyOf', values: [rootFlowRunId] },
    ],
  };
}
