import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeValue } from './encode.ts';
import { valueSize } from './value-size.ts';

it('the size of a stored value is the bytes it takes in UTF-8', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (text) => {
      expect(valueSize(text)).toBe(Buffer.byteLength(text));
      expect(valueSize(encodeValue(text, 'result'))).toBe(Buffer.byteLength(encodeValue(text, 'result')));
    }),
    { numRuns: 2_000 },
  );
  expect(valueSize('\ud800')).toBe(3);
  expect(valueSize('\ud83d\ude00')).toBe(4);
});
