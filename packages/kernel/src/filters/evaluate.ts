/**
 * Evaluates a filter on a record. This is the meaning of filters, which every store's compiled query must equal.
 *
 * Pure: it reads one record, and its related records where the filter follows a relation.
 */
import type { FieldValue } from './fields.ts';
import type { AnyFieldTest, AnyFilter, Filter } from './filter.ts';
import { compareValues } from './order.ts';
import { fieldOf, relationOf, type Resource, type ResourceRecords, resourceOf } from './resources.ts';

/** Finds the records of a resource whose field has this value, for `exists`. */
export type RelatedRecords = <R extends Resource>(
  resource: R,
  field: string,
  value: FieldValue,
) => Iterable<ResourceRecords[R]>;

/** A record with the resource that it is of. */
export interface RecordOf<R extends Resource> {
  readonly resource: R;
  readonly record: ResourceRecords[R];
}

/**
 * Whether the record is one that the filter wants.
 *
 * @param related the records that `exists` looks at
 * @example
 * evaluate({ kind: 'field', field: 'stateType', test: 'anyOf', values: ['FAILED'] }, { resource: 'flow-run', record }, () => []);
 */
export function evaluate<R extends Resource>(
  filter: Filter<R> & AnyFilter,
  subject: RecordOf<R>,
  related: RelatedRecords,
): boolean {
  return isMet(filter, subject, related);
}

function isMet<R extends Resource>(filter: AnyFilter, subject: RecordOf<R>, related: RelatedRecords): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.filters.every((part) => isMet(part, subject, related));
    case 'or':
      return filter.filters.some((part) => isMet(part, subject, related));
    case 'not':
      return !isMet(filter.filter, subject, related);
    case 'field':
      return passes(fieldOf(resourceOf(subject.resource), filter.field).read(subject.record), filter);
    case 'exists': {
      const definition = resourceOf(subject.resource);
      const { to, here, there } = relationOf(definition, filter.relation);
      const value = fieldOf(definition, here).read(subject.record);
      if (value === null) return false;
      for (const record of related(to, there, value))
        if (isMet(filter.filter, { resource: to, record }, related)) return true;
      return false;
    }
  }
}

function passes(value: FieldValue, test: AnyFieldTest): boolean {
  if (test.test === 'isNull') return value === null;
  if (value === null) return false;
  if (typeof value === 'object') return passesOfTags(value, test);
  switch (test.test) {
    case 'anyOf':
      return test.values.some((one) => one === value);
    case 'noneOf':
      return !test.values.some((one) => one === value);
    case 'contains':
      return asciiLower(String(value)).includes(asciiLower(test.part));
    case 'startsWith':
      return String(value).startsWith(test.part);
    case 'atLeast':
      return compareValues(value, test.bound) >= 0;
    case 'atMost':
      return compareValues(value, test.bound) <= 0;
    case 'below':
      return compareValues(value, test.bound) < 0;
    case 'allOf':
      return test.values.every((one) => one === value);
  }
}

function passesOfTags(tags: readonly string[], test: AnyFieldTest): boolean {
  if (test.test === 'allOf') return test.values.every((tag) => tags.includes(tag));
  return test.test === 'anyOf' && test.values.some((tag) => tags.includes(tag));
}

/** Letters outside of ASCII stay as they are: neither database folds them without a language of its own. */
function asciiLower(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
