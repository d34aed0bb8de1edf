/**
 * Chooses the drive of a list. If there are several, the rows of each are counted, up to the number that may be sorted: the list is then
 * sorted if few rows are left, or read in the order of an index until the page is full.
 */
import type { Statements } from '../sql/dialect.ts';
import { rowsOf } from './branch-rows.ts';
import type { Subject } from './condition.ts';
import { type Drive, wholeTable } from './drives.ts';
import { fragment, join } from './fragment.ts';

/** More rows than this are never sorted for a page. */
const sortedRowsMax = 10_000;

/** The drive of a page: its rows are few, or they are in order. */
export async function pageDrive(
  statements: Statements,
  { subject, by }: { readonly subject: Subject; readonly by: string },
  drives: readonly Drive[],
): Promise<Drive> {
  const narrow = narrowOf(drives);
  if (narrow !== undefined) return narrow;
  const [only, ...more] = drives;
  if (only?.isOrdered === true && more.length === 0) return only;
  const few = await smallest(statements, subject, drives);
  const drive = few ?? drives.find(({ isOrdered }) => isOrdered) ?? wholeTable(subject, by) ?? only;
  if (drive !== undefined) return drive;
  throw new TypeError(`no index orders a list of every ${subject.resource} by ${by}: filter it by one that is indexed`);
}

/** The drive of a count, which sorts nothing: where all have many rows, any is better than the whole table. */
export async function countDrive(
  statements: Statements,
  subject: Subject,
  drives: readonly Drive[],
): Promise<Drive | undefined> {
  return narrowOf(drives) ?? (await smallest(statements, subject, drives)) ?? drives[0];
}

function narrowOf(drives: readonly Drive[]): Drive | undefined {
  return drives.find(({ isNarrow, branches }) => isNarrow || branches.length === 0);
}

/** Of the drives with no more rows than may be sorted the one with the fewest. */
async function smallest(
  statements: Statements,
  subject: Subject,
  drives: readonly Drive[],
): Promise<Drive | undefined> {
  if (drives.length === 0) return undefined;
  const counts = drives.map(({ branches }, position) => {
    const rows = branches.map((branch) => rowsOf(subject, branch, { select: '1 AS row', conditions: [] }));
    const { sql, parameters } = join(rows, ' UNION ALL ');
    return fragment(
      `(SELECT COUNT(*) FROM (${sql} LIMIT ?) AS few) AS drive${position}`,
      ...parameters,
      sortedRowsMax + 1,
    );
  });
  const { sql, parameters } = join(counts, ', ');
  const [row] = await statements.all(`SELECT ${sql}`, parameters, 'once');
  const sizes = drives.map((drive, position) => ({ drive, size: Number(row?.[`drive${position}`]) }));
  const few = sizes.filter(({ size }) => size <= sortedRowsMax).sort((first, second) => first.size - second.size);
  return few[0]?.drive;
}
