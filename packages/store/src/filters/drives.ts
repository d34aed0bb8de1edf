/**
 * Finds the drives of a list: the ways to read all wanted rows by an index. Each test that every wanted row passes, and that an index
 * covers, gives one.
 *
 * A drive has branches, one for each value of an `anyOf`. They are read apart and merged, because each then comes in the order of its
 * index.
 */
import { type AnyFieldTest, type AnyFilter, relationOf, resourceOf } from '@millrace/kernel';
import type { Statements } from '../sql/dialect.ts';
import { type AccessPath, accessPaths } from './access-paths.ts';
import { columnOf, tableOf } from './columns.ts';
import { conditionOf, type Subject } from './condition.ts';
import { every, type Fragment, fragment, join } from './fragment.ts';

/** Rows that are read by one index. */
export interface Branch {
  /** null = whichever the planner takes. */
  readonly index: string | null;
  readonly condition: Fragment;
}

/** One way to all rows that the filter wants, and to others that its further tests leave out. */
export interface Drive {
  readonly branches: readonly Branch[];
  /** Each branch comes in the order of the list. */
  readonly isOrdered: boolean;
  /** It has few rows, whatever the database holds. */
  readonly isNarrow: boolean;
  /** No row is in two branches. */
  readonly isDisjoint: boolean;
  /** The tests that its rows pass because they were reached by it. */
  readonly covered: readonly AnyFilter[];
}

/** More values than this are read as one branch, which is sorted. */
const branchesMax = 20;

/** A relation that leads to more records than this drives no list. */
const relatedKeysMax = 500;

/** The tests of the filter of which every wanted row passes each. */
export function conjunctsOf(filter: AnyFilter): readonly AnyFilter[] {
  return filter.kind === 'and' ? filter.filters.flatMap(conjunctsOf) : [filter];
}

/** All rows in the order of an index; undefined = there is no such index. */
export function wholeTable({ resource }: Subject, orderedBy: string): Drive | undefined {
  const path = accessPaths[resource].find(({ field, only }) => field === orderedBy && only === undefined);
  if (path === undefined) return undefined;
  const branch = { index: path.index, condition: every([]) };
  return { branches: [branch], isOrdered: true, isNarrow: false, isDisjoint: true, covered: [] };
}

/** Finds the drives of a filter. Reads the database only to see which records a relation leads to. */
export class DriveFinder {
  readonly #statements: Statements;
  readonly #subject: Subject;
  readonly #orderedBy: string;

  constructor(statements: Statements, subject: Subject, orderedBy: string) {
    this.#statements = statements;
    this.#subject = subject;
    this.#orderedBy = orderedBy;
  }

  async drivesOf(conjuncts: readonly AnyFilter[]): Promise<readonly Drive[]> {
    const found = await Promise.all(conjuncts.map((conjunct) => this.#driveOf(conjunct)));
    return [...found.filter((drive) => drive !== undefined), ...this.#ranges(conjuncts)];
  }

  async #driveOf(conjunct: AnyFilter): Promise<Drive | undefined> {
    if (conjunct.kind === 'field' && conjunct.test === 'anyOf') return this.#equality(conjunct.field, conjunct);
    if (conjunct.kind === 'or') return this.#union(conjunct);
    return conjunct.kind === 'exists' ? this.#related(conjunct) : undefined;
  }

  #equality(
    field: string,
    test: Extract<AnyFieldTest, { readonly test: 'anyOf' | 'noneOf' | 'allOf' }>,
  ): Drive | undefined {
    const { values } = test;
    const path = accessPaths[this.#subject.resource].find(
      (one) => one.field === field && !values.some((value) => value === one.only?.without),
    );
    if (path === undefined) return undefined;
    // Of no values there is no row.
    if (values.length === 0)
      return { branches: [], isOrdered: true, isNarrow: true, isDisjoint: true, covered: [test] };
    const isNarrow = path.isNarrow === true;
    const isApart = !isNarrow && values.length <= branchesMax;
    const parts = isApart ? [...new Set(values)].map((value) => ({ ...test, values: [value] })) : [test];
    const branches = parts.map((part) => this.#branch(path, [part]));
    return { branches, isOrdered: isApart && this.#isOrderOf(path), isNarrow, isDisjoint: true, covered: [test] };
  }

  /** Bounds of one field, together, and beginnings of its text. */
  #ranges(conjuncts: readonly AnyFilter[]): readonly Drive[] {
    return accessPaths[this.#subject.resource].flatMap((path) => {
      if (path.only !== undefined) return [];
      const ranges = conjuncts.filter((one) => one.kind === 'field').filter(isRange);
      const covered = ranges.filter(({ field }) => field === path.field);
      const implied = ranges.filter(({ field }) => field === path.equals).map((one) => ({ ...one, field: path.field }));
      if (covered.length + implied.length === 0) return [];
      const branches = [this.#branch(path, [...covered, ...implied])];
      const isOrdered = path.field === this.#orderedBy;
      return [{ branches, isOrdered, isNarrow: false, isDisjoint: true, covered }];
    });
  }

  async #union(either: Extract<AnyFilter, { readonly kind: 'and' | 'or' }>): Promise<Drive | undefined> {
    const drives: Drive[] = [];
    for (const part of either.filters) {
      const drive = await this.#driveOf(part);
      if (drive === undefined) return undefined;
      drives.push(drive);
    }
    return {
      branches: drives.flatMap(({ branches }) => branches),
      isOrdered: drives.every(({ isOrdered, isNarrow }) => isOrdered || isNarrow),
      isNarrow: drives.every(({ isNarrow }) => isNarrow),
      isDisjoint: drives.length <= 1,
      covered: [either],
    };
  }

  /** A relation to few records is a list of values of the field that leads to them. */
  async #related(exists: Extract<AnyFilter, { readonly kind: 'exists' }>): Promise<Drive | undefined> {
    const { syntax, resource } = this.#subject;
    const { to, here, there } = relationOf(resourceOf(resource), exists.relation);
    if (!accessPaths[resource].some(({ field }) => field === here)) return undefined;
    const related: Subject = { syntax, resource: to, alias: 'k' };
    const isToOne = there === resourceOf(to).key;
    const finder = new DriveFinder(this.#statements, related, there);
    // Else every record of the other side would be read to find out that they are too many.
    if (!isToOne && (await finder.drivesOf(conjunctsOf(exists.filter))).length === 0) return undefined;
    const key = columnOf(to, there, 'k');
    const where = every([fragment(`${key} IS NOT NULL`), conditionOf(related, exists.filter)]);
    const { sql, parameters } = join([fragment(`SELECT ${key} AS key FROM ${tableOf[to]} AS k WHERE `), where], '');
    const rows = await this.#statements.all(`${sql} LIMIT ?`, [...parameters, relatedKeysMax + 1], 'once');
    if (rows.length > relatedKeysMax) return undefined;
    const values = [...new Set(rows.map((row) => String(row['key'])))];
    const drive = this.#equality(here, { kind: 'field', field: here, test: 'anyOf', values });
    return drive === undefined ? undefined : { ...drive, covered: [] };
  }

  #branch(path: AccessPath, tests: readonly AnyFilter[]): Branch {
    const only = path.only === undefined ? [] : [fragment(path.only.sql)];
    return { index: path.index, condition: every([...tests.map((test) => conditionOf(this.#subject, test)), ...only]) };
  }

  #isOrderOf({ field, then }: AccessPath): boolean {
    if (then === this.#orderedBy) return true;
    return field === this.#orderedBy && then === resourceOf(this.#subject.resource).key;
  }
}

function isRange(test: AnyFieldTest): boolean {
  return test.test === 'startsWith' || test.test === 'atLeast' || test.test === 'atMost' || test.test === 'below';
}
