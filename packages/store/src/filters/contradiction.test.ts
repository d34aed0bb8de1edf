import type { AnyFilter } from '@millrace/kernel';
import { expect, test } from 'vitest';
import { isContradiction } from './contradiction.ts';

const leaf = { kind: 'field' } as const;

test.each<[boolean, AnyFilter, AnyFilter]>([
  [true, { ...leaf, field: 'tags', test: 'isNull' }, { ...leaf, field: 'tags', test: 'allOf', values: ['eu'] }],
  [true, { ...leaf, field: 'endAt', test: 'atMost', bound: 4 }, { ...leaf, field: 'endAt', test: 'isNull' }],
  [
    true,
    { ...leaf, field: 'name', test: 'anyOf', values: ['a'] },
    { ...leaf, field: 'name', test: 'anyOf', values: ['b'] },
  ],
  [
    true,
    { ...leaf, field: 'name', test: 'noneOf', values: ['a'] },
    { ...leaf, field: 'name', test: 'anyOf', values: ['a'] },
  ],
  [true, { ...leaf, field: 'endAt', test: 'below', bound: 4 }, { ...leaf, field: 'endAt', test: 'atLeast', bound: 4 }],
  [
    false,
    { ...leaf, field: 'endAt', test: 'atMost', bound: 4 },
    { ...leaf, field: 'endAt', test: 'atLeast', bound: 4 },
  ],
  [
    false,
    { ...leaf, field: 'name', test: 'anyOf', values: ['a'] },
    { ...leaf, field: 'name', test: 'anyOf', values: ['a', 'b'] },
  ],
  [
    false,
    { ...leaf, field: 'tags', test: 'anyOf', values: ['a'] },
    { ...leaf, field: 'tags', test: 'anyOf', values: ['b'] },
  ],
  [false, { ...leaf, field: 'endAt', test: 'isNull' }, { ...leaf, field: 'startAt', test: 'atMost', bound: 4 }],
  [false, { ...leaf, field: 'endAt', test: 'isNull' }, { ...leaf, field: 'endAt', test: 'isNull' }],
])('%s of %j and %j', (isOne, first, second) => {
  expect(isContradiction('flow-run', [first, second])).toBe(isOne);
  expect(isContradiction('flow-run', [second, first])).toBe(isOne);
});
