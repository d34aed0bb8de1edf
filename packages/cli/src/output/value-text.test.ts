import { expect, it } from 'vitest';
import { valueBlock, valueLine } from './value-text.ts';

it('bounds the text of a value whose parts are shared more often than could be written', () => {
  let shared: unknown = 1;
  for (let depth = 0; depth < 60; depth += 1) shared = { left: shared, right: shared };
  const all: unknown[][] = Array.from({ length: 100 }, () => []);
  for (const one of all) one.push(...all);
  for (const value of [shared, all]) {
    expect(valueLine(value).length).toBeLessThanOrEqual(100);
    expect(valueBlock(value).length).toBeLessThan(1_000_000);
  }
});
