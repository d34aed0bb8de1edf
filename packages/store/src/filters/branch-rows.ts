/** Makes the SELECT for the rows of one branch of a drive, as a part of a larger statement. */
import { type AnyFilter, resourceOf } from '@millrace/kernel';
import { columnOf, tableOf } from './columns.ts';
import { conditionOf, type Subject } from './condition.ts';
import type { Branch, Drive } from './drives.ts';
import { every, type Fragment, fragment, join } from './fragment.ts';

interface RowsWanted {
  readonly select: string;
  readonly conditions: readonly Fragment[];
}

/** The rows of a branch, by its index. */
export function rowsOf(
  { syntax, resource, alias }: Subject,
  { index, condition }: Branch,
  { select, conditions }: RowsWanted,
): Fragment {
  const from = `${tableOf[resource]} AS ${alias}${index === null ? '' : syntax.indexedBy(index)}`;
  return join([fragment(`SELECT ${select} FROM ${from} WHERE `), every([condition, ...conditions])], '');
}

/** The key of the resource, as a column of the statement. */
export function keyOf({ resource, alias }: Subject): string {
  return columnOf(resource, resourceOf(resource).key, alias);
}

/** The tests that rows reached by the drive have still to pass. */
export function restOf(subject: Subject, conjuncts: readonly AnyFilter[], drive: Drive | undefined): Fragment {
  const rest = conjuncts.filter((conjunct) => drive?.covered.includes(conjunct) !== true);
  return every(rest.map((conjunct) => conditionOf(subject, conjunct)));
}
