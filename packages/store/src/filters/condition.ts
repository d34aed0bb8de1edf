/**
 * A filter as a condition in SQL that equals the kernel's `evaluate` (a property test on both databases holds it).
 *
 * Negation is pushed down to the tests, where a column that is NULL counts as "the test fails": SQL's third truth value never
 * reaches an AND, an OR or a NOT.
 */
import { type AnyFieldTest, type AnyFilter, fieldOf, relationOf, type Resource, resourceOf } from '@millrace/kernel';
import { prefixEnd } from '../sql/conditions.ts';
import { firstMicrosAt, lastMicrosAt } from '../sql/instants.ts';
import type { Syntax } from '../sql/dialect.ts';
import { tagPattern } from '../sql/columns.ts';
import { columnOf, tableOf } from './columns.ts';
import { every, type Fragment, fragment, join, some } from './fragment.ts';

/** The table that a condition is about, under its alias in the statement. */
export interface Subject {
  readonly syntax: Syntax;
  readonly resource: Resource;
  readonly alias: string;
}

/** The condition that rows of the resource meet which the filter wants. */
export function conditionOf(subject: Subject, filter: AnyFilter): Fragment {
  return compile(subject, filter, false);
}

function compile(subject: Subject, filter: AnyFilter, isNegated: boolean): Fragment {
  switch (filter.kind) {
    case 'not':
      return compile(subject, filter.filter, !isNegated);
    case 'and':
    case 'or': {
      const parts = filter.filters.map((part) => compile(subject, part, isNegated));
      return (filter.kind === 'and') === isNegated ? some(parts) : every(parts);
    }
    case 'exists': {
      const exists = join([fragment('EXISTS ('), relatedRows(subject, filter), fragment(')')], '');
      return isNegated ? join([fragment('NOT '), exists], '') : exists;
    }
    case 'field':
      return isNegated ? negated(subject, filter) : test(subject, filter);
  }
}

type Exists = Extract<AnyFilter, { readonly kind: 'exists' }>;

function relatedRows(subject: Subject, { relation, filter }: Exists): Fragment {
  const { to, here, there } = relationOf(resourceOf(subject.resource), relation);
  const related: Subject = { ...subject, resource: to, alias: `${subject.alias}r` };
  const isRelated = fragment(
    `${columnOf(to, there, related.alias)} = ${columnOf(subject.resource, here, subject.alias)}`,
  );
  const where = every([isRelated, compile(related, filter, false)]);
  return join([fragment(`SELECT 1 FROM ${tableOf[to]} AS ${related.alias} WHERE `), where], '');
}

function negated(subject: Subject, filter: AnyFieldTest): Fragment {
  const column = columnOf(subject.resource, filter.field, subject.alias);
  if (filter.test === 'isNull') return fragment(`${column} IS NOT NULL`);
  const { sql, parameters } = test(subject, filter);
  const isNot = fragment(`NOT (${sql})`, ...parameters);
  return fieldOf(resourceOf(subject.resource), filter.field).isNullable
    ? some([fragment(`${column} IS NULL`), isNot])
    : isNot;
}

function test(subject: Subject, filter: AnyFieldTest): Fragment {
  const { syntax, resource, alias } = subject;
  const column = columnOf(resource, filter.field, alias);
  const { type } = fieldOf(resourceOf(resource), filter.field);
  if (type === 'tags') return tagsTest(syntax, column, filter);
  switch (filter.test) {
    case 'isNull':
      return fragment(`${column} IS NULL`);
    case 'anyOf':
      return isOneOf(syntax, column, filter.values);
    case 'noneOf': {
      const { sql, parameters } = isOneOf(syntax, column, filter.values);
      return fragment(`${column} IS NOT NULL AND NOT (${sql})`, ...parameters);
    }
    case 'allOf':
      throw new TypeError(`the field ${filter.field} has no list of values to be all of`);
    case 'contains':
      return fragment(syntax.like(column), `%${filter.part.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`);
    case 'startsWith':
      return fragment(`${column} >= ? AND ${column} < ?`, filter.part, prefixEnd(filter.part));
    default:
      return fragment(
        `${column} ${comparisons[filter.test]} ?`,
        storedBound(filter.test, filter.bound, type === 'instant'),
      );
  }
}

const comparisons = { atLeast: '>=', atMost: '<=', below: '<' } as const;

/** Columns of numbers are whole, of instants in microseconds: a bound between two of them is moved to the one that means the same. */
function storedBound(test: keyof typeof comparisons, bound: string | number, isInstant: boolean): string | number {
  if (typeof bound === 'string') return bound;
  if (isInstant) return test === 'atMost' ? lastMicrosAt(bound) : firstMicrosAt(bound);
  return test === 'atMost' ? Math.floor(bound) : Math.ceil(bound);
}

function isOneOf(syntax: Syntax, column: string, values: readonly string[]): Fragment {
  const [only, ...more] = values;
  if (only === undefined) return fragment('1 = 0');
  if (more.length === 0) return fragment(`${column} = ?`, only);
  return fragment(syntax.anyOf(column), syntax.list(values));
}

function tagsTest(syntax: Syntax, column: string, filter: AnyFieldTest): Fragment {
  if (filter.test === 'isNull') return fragment(`${column} IS NULL`);
  if (filter.test !== 'allOf' && filter.test !== 'anyOf') throw new TypeError(`tags have no test ${filter.test}`);
  const has = filter.values.map((tag) => fragment(syntax.contains(column), tagPattern(tag)));
  return filter.test === 'anyOf' ? some(has) : every([fragment(`${column} IS NOT NULL`), ...has]);
}
