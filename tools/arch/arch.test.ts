import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { checkImports } from './check-imports.ts';
import type { LayerTable } from './layers.ts';

const roots: string[] = [];

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

/** A repository of two packages, kernel and store, with the given files over a clean start. */
function plant(files: Readonly<Record<string, string>>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'arch-')));
  roots.push(root);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  mkdirSync(join(root, 'node_modules/@millrace'), { recursive: true });
  for (const name of ['kernel', 'store']) {
    const dependencies = name === 'store' ? { '@millrace/kernel': '0.1.0' } : {};
    const exports = { '.': { 'millrace-source': './src/index.ts' } };
    write(
      `packages/${name}/package.json`,
      JSON.stringify({ name: `@millrace/${name}`, type: 'module', exports, dependencies }),
    );
    write(`packages/${name}/src/index.ts`, "export * from './own.ts';\n");
    write(`packages/${name}/src/own.ts`, `export const ${name} = 1;\n`);
    symlinkSync(join(root, 'packages', name), join(root, 'node_modules/@millrace', name), 'dir');
  }
  for (const [path, text] of Object.entries(files)) write(path, text);
  return root;
}

async function rulesBroken(
  files: Readonly<Record<string, string>>,
  layers: LayerTable = {},
): Promise<readonly string[]> {
  const { findings } = await checkImports(plant(files), layers);
  return [...new Set(findings.map((finding) => /\[([^\]]+)\]/.exec(finding)?.[1] ?? ''))].sort();
}

test('an import along an arrow is allowed', async () => {
  const text = "import type { kernel } from '@millrace/kernel';\nexport type Own = typeof kernel;\n";
  expect(await rulesBroken({ 'packages/store/src/own.ts': text })).toEqual([]);
});

test('an import against an arrow is found, even of a type only', async () => {
  const text = "import type { store } from '@millrace/store';\nexport type Own = typeof store;\n";
  expect(await rulesBroken({ 'packages/kernel/src/own.ts': text })).toContain('arrow-packages/kernel');
});

test.each([
  [
    'no-cycle',
    'packages/kernel/src/own.ts',
    "import { b } from './b.ts';\nexport const a = () => b;\n",
    "import { a } from './own.ts';\nexport const b = () => a;\n",
  ],
  [
    'no-type-cycle',
    'packages/kernel/src/own.ts',
    "import type { B } from './b.ts';\nexport type A = B;\n",
    "import type { A } from './own.ts';\nexport type B = A;\n",
  ],
  ['no-relative-import-across-packages', 'packages/store/src/own.ts', "export * from '../../kernel/src/own.ts';\n", ''],
  ['no-import-of-own-entry', 'packages/store/src/deep/own.ts', "export * from '../index.ts';\n", ''],
  ['no-import-of-tests', 'packages/store/src/own.ts', "export * from './own.test.ts';\n", ''],
  ['pure-package', 'packages/kernel/src/own.ts', "import 'node:fs';\n", ''],
  ['no-unresolved-import', 'packages/store/src/own.ts', "export * from './absent.ts';\n", ''],
  ['no-deep-import', 'packages/store/src/own.ts', "export * from '../../kernel/src/deep/a.ts';\n", ''],
])('%s is found', async (rule, path, text, beside) => {
  const files = {
    [path]: text,
    'packages/kernel/src/b.ts': beside,
    'packages/store/src/own.test.ts': 'export const a = 1;\n',
    'packages/kernel/src/deep/a.ts': 'export const a = 1;\n',
  };
  expect(await rulesBroken(files)).toContain(rule);
});

describe('the layers of a package', () => {
  const layers: LayerTable = { 'packages/kernel': [['low'], ['left', 'right'], ['.']] };
  const low = 'packages/kernel/src/low/low.ts';
  const left = 'packages/kernel/src/left/left.ts';
  const right = 'packages/kernel/src/right/right.ts';
  const files: Readonly<Record<string, string>> = {
    [low]: 'export type Low = 1;\n',
    [left]: "import type { Low } from '../low/low.ts';\nexport type Left = Low;\n",
    [right]: "export type { Low as Right } from '../low/low.ts';\n",
    'packages/kernel/src/own.ts': "export type { Left } from './left/left.ts';\n",
  };

  test('imports that go down are allowed', async () => {
    expect(await rulesBroken(files, layers)).toEqual([]);
  });

  test.each([
    ['up', low, "export type { Right } from '../right/right.ts';\n", ['layer-packages/kernel/src/low']],
    [
      'to a folder beside',
      right,
      "export type { Left } from '../left/left.ts';\n",
      ['layer-packages/kernel/src/right'],
    ],
    ['to the root', right, "export type { Left } from '../own.ts';\n", ['layer-packages/kernel/src/right']],
    [
      'deep in a folder',
      'packages/kernel/src/low/a/b.ts',
      "export type { Left } from '../../left/left.ts';\n",
      ['layer-packages/kernel/src/low'],
    ],
  ])('an import %s is found, of a type too', async (_, path, text, expected) => {
    const imported = { ...files, [path]: text };
    expect((await rulesBroken(imported, layers)).filter((rule) => !rule.includes('cycle'))).toEqual(expected);
  });

  test('two folders that import each other are found, whatever their order', async () => {
    const knot = {
      ...files,
      'packages/kernel/src/low/other.ts': "import type { Top } from '../left/top.ts';\nexport type Other = Top;\n",
      'packages/kernel/src/left/top.ts': 'export type Top = 1;\n',
    };
    expect(await rulesBroken(knot, layers)).toEqual(['layer-packages/kernel/src/low']);
    const turned = { 'packages/kernel': [['left'], ['low'], ['right'], ['.']] };
    expect(await rulesBroken(knot, turned)).toEqual(['layer-packages/kernel/src/left']);
  });

  test('a test may import from any folder', async () => {
    const text = "import type { Left } from '../left/left.ts';\nexport type Own = Left;\n";
    expect(await rulesBroken({ ...files, 'packages/kernel/src/low/low.test.ts': text }, layers)).toEqual([]);
  });

  test('a folder that the table does not have is found', async () => {
    const stray = { ...files, 'packages/kernel/src/stray/a.ts': 'export type A = 1;\n' };
    expect(await rulesBroken(stray, layers)).toEqual(['folder-without-layer']);
  });

  test('a package with folders and no layers is found', async () => {
    expect(await rulesBroken(files)).toEqual(['package-without-layers']);
  });

  test('a layer without its folder is found, and a folder in two layers', async () => {
    const wrong = { 'packages/kernel': [['low'], ['left', 'right'], ['absent', 'low'], ['.']] };
    expect(await rulesBroken(files, wrong)).toEqual(['folder-in-two-layers', 'layer-without-folder']);
  });
});

test('a run that sees no module is an error, not a pass', async () => {
  const root = mkdtempSync(join(tmpdir(), 'arch-'));
  roots.push(root);
  await expect(checkImports(root)).rejects.toThrow(/./);
});
