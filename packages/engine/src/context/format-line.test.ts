import { expect, it } from 'vitest';
import { formatLine } from './format-line.ts';

it('formats as a console does', () => {
  expect(formatLine({ depth: 6 }, ['%d rows of', 3, { a: { b: [1] } }])).toBe('3 rows of { a: { b: [ 1 ] } }');
});

it('prints values that share their parts in a bounded size', () => {
  const all: unknown[][] = Array.from({ length: 100 }, () => []);
  for (const one of all) one.push(...all);
  expect(formatLine({ depth: 6 }, ['all', all]).length).toBeLessThan(1_000_000);
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  expect(formatLine({ depth: 6 }, [circle])).toContain('[Circular');
  const getPrototypeOf = (): never => {
    throw new Error('no');
  };
  expect(formatLine({ depth: 6 }, [new Proxy({}, { getPrototypeOf })])).toBe('{}');
});
