/** Detects filters that no record can pass, by their tests alone, because such a list would read the whole table to find nothing. */
import { type AnyFieldTest, type AnyFilter, fieldOf, type Resource, resourceOf } from '@millrace/kernel';

/** Whether two of the tests, which a record must pass together, exclude each other. */
export function isContradiction(resource: Resource, conjuncts: readonly AnyFilter[]): boolean {
  const tests = conjuncts.filter((one) => one.kind === 'field');
  return tests.some((one, index) =>
    tests.slice(index + 1).some((other) => one.field === other.field && excludes(resource, one, other)),
  );
}

function excludes(resource: Resource, one: AnyFieldTest, other: AnyFieldTest): boolean {
  if (one.test === 'isNull' || other.test === 'isNull') return one.test !== other.test;
  // A record may have the tags of both.
  if (fieldOf(resourceOf(resource), one.field).type === 'tags') return false;
  return excludesValues(one, other) || excludesValues(other, one) || isAbove(one, other) || isAbove(other, one);
}

function excludesValues(one: AnyFieldTest, other: AnyFieldTest): boolean {
  if (one.test !== 'anyOf') return false;
  if (other.test === 'anyOf') return !one.values.some((value) => other.values.includes(value));
  return other.test === 'noneOf' && one.values.every((value) => other.values.includes(value));
}

function isAbove(lower: AnyFieldTest, upper: AnyFieldTest): boolean {
  if (lower.test !== 'atLeast' || (upper.test !== 'atMost' && upper.test !== 'below')) return false;
  if (typeof lower.bound !== 'number' || typeof upper.bound !== 'number') return false;
  return upper.test === 'below' ? lower.bound >= upper.bound : lower.bound > upper.bound;
}
