import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findUndocumented } from './public-exports.ts';

let root = '';

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'api-docs-')));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(root, 'parts.ts'),
    `/** Doubles a number, which it returns. */
export const documented = (n: number): number => n * 2;
/**
 * Doubles a number, which it returns.
 * @example shown(2)
 */
export function shown(n: number): number { return n * 2; }
export function bare(): void {}
/** What a double is, in words. */
export interface Shape { readonly a: 1 }
`,
  );
  writeFileSync(join(root, 'index.ts'), "export { bare, documented, type Shape, shown } from './parts.ts';\n");
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a name without a comment is found where it is declared, through a re-export', () => {
  const found = findUndocumented([{ file: join(root, 'index.ts'), needsExamples: false }], root);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(/^parts\.ts:8 \[api-docs\] bare /);
});

test('where examples are asked for, a value without one is found, and a type is not', () => {
  const found = findUndocumented([{ file: join(root, 'index.ts'), needsExamples: true }], root);
  expect(found.map((line) => line.split(' ')[2])).toEqual(['bare', 'documented']);
});
