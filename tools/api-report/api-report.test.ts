import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeShape } from './public-shape.ts';

let root = '';

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'api-report-')));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

function shapeOf(declarations: string): string {
  writeFileSync(join(root, 'parts.d.ts'), declarations);
  writeFileSync(join(root, 'index.d.ts'), "export * from './parts.js';\n");
  return describeShape({ name: 'part', root, entries: [{ specifier: 'part', file: join(root, 'index.d.ts') }] });
}

test('what is exported stands in the report, through a re-export, and what is not does not', () => {
  const report = shapeOf('export declare function double(n: number): number;\ninterface Hidden { a: 1 }\nexport {};\n');
  expect(report).toContain('function double(n: number): number;');
  expect(report).not.toContain('Hidden');
});

test('another type of an argument is another report; another comment is not', () => {
  const before = shapeOf('/** Doubles. */ export declare function double(n: number): number;');
  expect(shapeOf('/** Twice as much. */ export declare function double(n: number): number;')).toBe(before);
  expect(shapeOf('/** Doubles. */ export declare function double(n: bigint): number;')).not.toBe(before);
});
