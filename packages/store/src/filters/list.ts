/**
 * A list of records: compiled from its filter, order and page, and read by the index that leaves the least to sort.
 */
import { type AnyFilter, type ListQuery, type Resource, resourceOf } from '@millrace/kernel';
import { pageLimit } from '../ports/page.ts';
import type { Row, Statements, Syntax } from '../sql/dialect.ts';
import { keyOf, restOf, rowsOf } from './branch-rows.ts';
import { countDrive, pageDrive } from './choose-drive.ts';
import type { Subject } from './condition.ts';
import { isContradiction } from './contradiction.ts';
import { conjunctsOf, DriveFinder } from './drives.ts';
import { every, join } from './fragment.ts';
import { type Listing, type Page, pageStatement, type Sorting } from './page-statement.ts';

/** The parts that a list runs on. */
export interface ListContext extends Statements {
  readonly syntax: Syntax;
}

const alias = 'r';
const everything: AnyFilter = { kind: 'and', filters: [] };

/**
 * One page of a list, as rows with the selected columns.
 *
 * @throws TypeError where neither the filter nor the order has an index: such a list would read, and sort, the whole table
 */
export async function listRows<R extends Resource>(
  context: ListContext,
  {
    resource,
    select,
    query,
  }: { readonly resource: R; readonly select: string; readonly query: ListQuery<R> & { readonly filter?: AnyFilter } },
): Promise<readonly Row[]> {
  const { key, fields } = resourceOf(resource);
  const sorting: Sorting = query.order ?? { by: key, direction: 'descending' };
  const listing: Listing = {
    subject: { syntax: context.syntax, resource, alias },
    filter: query.filter ?? everything,
    sorting,
    select,
  };
  const { limit } = query;
  const page: Page = {
    limit: pageLimit(limit === undefined ? {} : { limit }),
    offset: Math.max(0, Math.trunc(query.offset ?? 0)),
    after: query.after,
  };
  if (fields[sorting.by]?.isNullable === true) return listWithNulls(context, listing, page);
  return readPage(context, listing, page);
}

/** Records with a value, and then those without one by key: both databases have NULL at another end. */
async function listWithNulls(
  context: ListContext,
  listing: Listing,
  { limit, offset, after }: Page,
): Promise<readonly Row[]> {
  const { filter, sorting, subject } = listing;
  const isNull: AnyFilter = { kind: 'field', field: sorting.by, test: 'isNull' };
  const withValue: Listing = {
    ...listing,
    filter: { kind: 'and', filters: [filter, { kind: 'not', filter: isNull }] },
  };
  const until = offset + limit;
  const isBeyond = after !== undefined && after.value === null;
  const first = isBeyond ? [] : await readPage(context, withValue, { limit: until, offset: 0, after });
  if (first.length === until) return first.slice(offset);
  const { key } = resourceOf(subject.resource);
  const without: Listing = {
    ...listing,
    filter: { kind: 'and', filters: [filter, isNull] },
    sorting: { by: key, direction: sorting.direction },
  };
  const position = isBeyond ? { value: after.key, key: after.key } : undefined;
  const rest = await readPage(context, without, { limit: until - first.length, offset: 0, after: position });
  return [...first, ...rest].slice(offset);
}

/** How many records the filter wants. */
export async function countRows(context: ListContext, resource: Resource, filter: AnyFilter): Promise<number> {
  const rows = await countGroups(context, { resource, filter, by: [] });
  return Number(rows[0]?.['number'] ?? 0);
}

/** How many records the filter wants of each group: rows with the columns given, in their order, and `number`. */
export async function countGroups(
  context: ListContext,
  { resource, filter, by }: { readonly resource: Resource; readonly filter: AnyFilter; readonly by: readonly string[] },
): Promise<readonly Row[]> {
  const subject: Subject = { syntax: context.syntax, resource, alias };
  const conjuncts = conjunctsOf(filter);
  if (isContradiction(resource, conjuncts)) return [];
  const drives = await new DriveFinder(context, subject, resourceOf(resource).key).drivesOf(conjuncts);
  const drive = await countDrive(context, subject, drives);
  const branches = drive?.branches ?? [{ index: null, condition: every([]) }];
  if (branches.length === 0) return [];
  const conditions = [restOf(subject, conjuncts, drive)];
  const select = [keyOf(subject), ...by].join(', ');
  const rows = branches.map((branch) => rowsOf(subject, branch, { select, conditions }));
  const { sql, parameters } = join(rows, drive?.isDisjoint === false ? ' UNION ' : ' UNION ALL ');
  const columns = by.map((column) => `${column}, `).join('');
  const groups = by.length === 0 ? '' : ` GROUP BY ${by.join(', ')} ORDER BY ${by.join(', ')}`;
  return context.all(`SELECT ${columns}COUNT(*) AS number FROM (${sql}) AS counted${groups}`, parameters, 'once');
}

async function readPage(context: ListContext, listing: Listing, page: Page): Promise<readonly Row[]> {
  const { subject, filter, sorting } = listing;
  const conjuncts = conjunctsOf(filter);
  if (isContradiction(subject.resource, conjuncts)) return [];
  const finder = new DriveFinder(context, subject, sorting.by);
  const drive = await pageDrive(context, { subject, by: sorting.by }, await finder.drivesOf(conjuncts));
  if (drive.branches.length === 0) return [];
  const { sql, parameters } = pageStatement(listing, { drive, rest: restOf(subject, conjuncts, drive), page });
  return context.all(sql, parameters, 'once');
}
