import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { comparePositions, compareValues, type Position } from './order.ts';

describe('the order of a list', () => {
  const positions: readonly Position[] = [
    { value: 2, key: 'a' },
    { value: null, key: 'z' },
    { value: 1, key: 'b' },
    { value: 2, key: 'b' },
    { value: null, key: 'a' },
  ];
  const sorted = (direction: 'ascending' | 'descending') =>
    [...positions]
      .sort((first, second) => comparePositions(direction, first, second))
      .map(({ value, key }) => `${value}${key}`);

  it('breaks ties by key in its own direction, and has records without a value last', () => {
    expect(sorted('ascending')).toEqual(['1b', '2a', '2b', 'nulla', 'nullz']);
    expect(sorted('descending')).toEqual(['2b', '2a', '1b', 'nullz', 'nulla']);
  });

  test.prop([fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })])(
    'of text is that of its UTF-8 bytes, as databases have it',
    (first, second) => {
      const bytes = Buffer.compare(Buffer.from(first), Buffer.from(second));
      expect(Math.sign(compareValues(first, second))).toBe(bytes);
    },
  );
});
