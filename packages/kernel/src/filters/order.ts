/**
 * The order of a list, and the position of a record in it. The next page begins after this position, whatever records were added meanwhile.
 */
import type { FieldValue } from './fields.ts';
import type { Order } from './filter.ts';
import { fieldOf, type Resource, type ResourceRecords, resourceOf } from './resources.ts';

/** Where a record stands in an order: the value that the list is ordered by, and the record's key. */
export interface Position {
  readonly value: string | number | null;
  readonly key: string | number;
}

/**
 * Which of two values comes first, ascending; negative = the first. Text goes by code points, as both databases have it, where
 * JavaScript's `<` goes by UTF-16 units.
 */
export function compareValues(first: string | number, second: string | number): number {
  if (typeof first === 'number' || typeof second === 'number') return Number(first) - Number(second);
  return compareText(first, second);
}

/** Which of two positions comes first in the order; negative = the first. */
export function comparePositions(direction: Order<Resource>['direction'], first: Position, second: Position): number {
  const sign = direction === 'ascending' ? 1 : -1;
  if (first.value !== second.value) {
    if (first.value === null) return 1;
    if (second.value === null) return -1;
    const byValue = compareValues(first.value, second.value);
    if (byValue !== 0) return sign * byValue;
  }
  return sign * compareValues(first.key, second.key);
}

/** The position of a record in an order. */
export function positionOf<R extends Resource>(resource: R, by: Order<R>['by'], record: ResourceRecords[R]): Position {
  const definition = resourceOf(resource);
  const key = scalar(fieldOf(definition, definition.key).read(record));
  if (key === null) throw new TypeError(`a record of ${resource} has no ${definition.key}`);
  return { value: scalar(fieldOf(definition, by).read(record)), key };
}

function scalar(value: FieldValue): string | number | null {
  if (typeof value === 'object' && value !== null) throw new TypeError('a list is not ordered by tags');
  return value;
}

function compareText(first: string, second: string): number {
  const length = Math.min(first.length, second.length);
  for (let index = 0; index < length; index += 1) {
    const difference = codeUnitOrder(first.charCodeAt(index)) - codeUnitOrder(second.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return first.length - second.length;
}

/** Surrogates stand for code points above all that one unit holds. */
function codeUnitOrder(unit: number): number {
  if (unit < 0xd8_00) return unit;
  return unit >= 0xe0_00 ? unit - 0x8_00 : unit + 0x20_00;
}
