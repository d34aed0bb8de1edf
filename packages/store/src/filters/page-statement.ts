/** The one statement of a page: the keys of its records by the branches of a drive, merged, and then the rows of these keys. */
import { type AnyFilter, fieldOf, type Position, resourceOf } from '@millrace/kernel';
import { keyOf, rowsOf } from './branch-rows.ts';
import { toMicros } from '../sql/instants.ts';
import { columnOf, tableOf } from './columns.ts';
import type { Subject } from './condition.ts';
import type { Drive } from './drives.ts';
import { type Fragment, fragment, join } from './fragment.ts';

/** By which field a list is ordered. */
export interface Sorting {
  readonly by: string;
  readonly direction: 'ascending' | 'descending';
}

/** Which part of a list. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
  readonly after: Position | undefined;
}

/** A list as its statements need it. */
export interface Listing {
  readonly subject: Subject;
  readonly filter: AnyFilter;
  readonly sorting: Sorting;
  readonly select: string;
}

interface PageParts {
  readonly drive: Drive;
  readonly rest: Fragment;
  readonly page: Page;
}

/** The statement of a page, with the columns that its listing selects. */
export function pageStatement({ subject, sorting, select }: Listing, { drive, rest, page }: PageParts): Fragment {
  const { syntax, resource, alias } = subject;
  const key = keyOf(subject);
  const column = columnOf(resource, sorting.by, alias);
  const isText = fieldOf(resourceOf(resource), sorting.by).type === 'text';
  const value = drive.isOrdered ? column : syntax.unindexed(column, isText);
  const direction = sorting.direction === 'ascending' ? 'ASC' : 'DESC';
  const order = (by: string, then: string): string =>
    sorting.by === resourceOf(resource).key ? `${by} ${direction}` : `${by} ${direction}, ${then} ${direction}`;
  const conditions = [
    rest,
    ...positionCondition({ key, column, sorting }, storedPosition(subject, sorting, page.after)),
  ];
  const branches = drive.branches.map((branch) =>
    rowsOf(subject, branch, { select: `${key} AS key, ${column} AS value`, conditions }),
  );
  const [only, ...more] = branches;
  const end = fragment(' LIMIT ? OFFSET ?', page.limit, page.offset);
  const reach = fragment(' LIMIT ?', page.limit + page.offset);
  const keys =
    only !== undefined && more.length === 0
      ? [only, fragment(` ORDER BY ${order(value, key)}`), end]
      : [
          join(
            branches.map((branch, position) =>
              join(
                [
                  fragment('SELECT key, value FROM ('),
                  branch,
                  fragment(` ORDER BY ${order(value, key)}`),
                  reach,
                  fragment(`) AS page${position}`),
                ],
                '',
              ),
            ),
            ' UNION ',
          ),
          fragment(` ORDER BY ${order('value', 'key')}`),
          end,
        ];
  return join(
    [
      fragment(`SELECT ${select} FROM ${tableOf[resource]} AS ${alias} WHERE ${key} IN (SELECT key FROM (`),
      ...keys,
      fragment(`) AS page) ORDER BY ${order(column, key)}`),
    ],
    '',
  );
}

/** The position as its column has it. */
function storedPosition({ resource }: Subject, { by }: Sorting, after: Position | undefined): Position | undefined {
  if (typeof after?.value !== 'number' || fieldOf(resourceOf(resource), by).type !== 'instant') return after;
  return { ...after, value: toMicros(after.value, by) };
}

interface PositionParts {
  readonly key: string;
  readonly column: string;
  readonly sorting: Sorting;
}

/** Only what comes after the position. The first comparison is for the index, the second breaks ties. */
function positionCondition({ key, column, sorting }: PositionParts, after: Position | undefined): readonly Fragment[] {
  if (after === undefined || after.value === null) return [];
  const beyond = sorting.direction === 'ascending' ? '>' : '<';
  if (column === key) return [fragment(`${key} ${beyond} ?`, after.key)];
  return [
    fragment(`${column} ${beyond}= ?`, after.value),
    fragment(`${column} ${beyond} ? OR ${key} ${beyond} ?`, after.value, after.key),
  ];
}
