import { describe, expect, test } from 'vitest';
import { applyDebt, parseDebt } from './debt.ts';
import { toTidyFile } from './read-files.ts';
import { lineOf } from './rule.ts';
import { RULES } from './rules.ts';

const HEADER = '/** A module with a header that is long enough to count as one. */\n';
const KERNEL = 'packages/kernel/src/states/state.ts';

function broken(path: string, text: string): readonly string[] {
  const file = toTidyFile(path, text);
  return RULES.flatMap((rule) => rule.check(file)).map((finding) => `${finding.rule}:${finding.line}`);
}

function inKernel(code: string): readonly string[] {
  return broken(KERNEL, HEADER + code);
}

const lines = (count: number, line = 'const x = 1;\n'): string => line.repeat(count);

describe('each rule finds what it is for', () => {
  const cases: readonly (readonly [string, string, string, readonly string[]])[] = [
    ['a long file', KERNEL, HEADER + lines(400), ['file-size:1']],
    ['a long test', 'packages/kernel/src/a.test.ts', lines(701), ['file-size:1']],
    ['a long function', KERNEL, `${HEADER}export function f() {\n${lines(70)}}\n`, ['function-size:2']],
    ['a long closure', KERNEL, `${HEADER}export const f = () => {\n${lines(70)}};\n`, ['function-size:2']],
    [
      'four parameters',
      KERNEL,
      `${HEADER}export const f = (a: 1, b: 1, c: 1, d: 1) => [a, b, c, d];\n`,
      ['parameter-count:2'],
    ],
    ['an empty name', 'packages/kernel/src/utils.ts', HEADER, ['file-name:1']],
    ['an empty folder name', 'packages/kernel/src/helpers/a.ts', HEADER, ['file-name:1']],
    ['an empty ending', 'packages/kernel/src/string-utils.ts', HEADER, ['file-name:1']],
    ['camel case', 'packages/kernel/src/runTree.ts', HEADER, ['file-name:1']],
    ['no header', KERNEL, 'export const a = 1;\n', ['header:1']],
    ['a header too short', KERNEL, '// Code.\nexport const a = 1;\n', ['header:1']],
    ['unfinished work', KERNEL, `${HEADER}// TODO: more\n`, ['leftover:2']],
    ['a banner', KERNEL, `${HEADER}// --------------------\n`, ['leftover:2']],
    ['ts-ignore', KERNEL, `${HEADER}// @ts-ignore because\n`, ['suppression:2']],
    ['an expected error with no reason', KERNEL, `${HEADER}// @ts-expect-error\n`, ['suppression:2']],
    ['a lint suppression with no reason', KERNEL, `${HEADER}// biome-ignore lint/x: no\n`, ['suppression:2']],
    ['a registry host', 'package-lock.json', '{\n"resolved": "https://registry.example/a.tgz"}', ['lockfile-host:2']],
    ['a path of one machine', 'docs/a.md', 'see\n`/home/me/x`', ['machine-path:2']],
  ];
  test.each(cases)('%s', (_name, path, text, expected) => {
    expect(broken(path, text)).toEqual(expected);
  });

  test.each([
    'const a = Date.now();',
    'const a = new Date();',
    'const a = new Date;',
    'const a = Date();',
    'const a = Math.random();',
    'const a = performance.now();',
    'const a = Temporal.Now.instant();',
    'const a = crypto.randomUUID();',
    'const a = globalThis.crypto.randomUUID();',
    'setTimeout(() => undefined, 1);',
    'globalThis.setTimeout(() => undefined, 1);',
    'const a = AbortSignal.timeout(1);',
    "import { setTimeout as sleep } from 'node:timers/promises';",
    "import { createHash, randomUUID } from 'node:crypto';",
  ])('an ambient source in the core: %s', (code) => {
    expect(inKernel(code)).toEqual(['determinism:2']);
  });

  test.each([
    ['let a: any;', 'no-any'],
    ['const a = 1 as any;', 'no-any'],
    ['const a = eval("1");', 'no-dynamic-code'],
    ['const a = new Function("1");', 'no-dynamic-code'],
    ["import { runInNewContext } from 'node:vm';", 'no-dynamic-code'],
    ['console.log(1);', 'no-console'],
    ['export default 1;', 'no-default-export'],
    ['export default function f() {}', 'no-default-export'],
  ])('a way around: %s', (code, rule) => {
    expect(inKernel(code)).toEqual([`${rule}:2`]);
  });
});

describe('a real delay in a test', () => {
  const path = 'tests/features/waits/a.test.ts';
  const imported = "import { setTimeout as delay } from 'node:timers/promises';\n";

  test.each([
    [`${imported}await delay(5);\n`, ['no-sleep:2']],
    ['await new Promise((resolve) => setTimeout(resolve, 5));\n', ['no-sleep:1']],
    [`${imported}// sleep: the lease of the other process has to run out\nawait delay(5);\n`, []],
    ["import { sleep } from 'millrace';\nawait sleep(5);\n", []],
    ['setTimeout(() => process.exit(1), 5_000);\n', []],
  ])('%j', (text, expected) => {
    expect(broken(path, text)).toEqual(expected);
  });

  test('is as it should be in a program that a test runs, and in a source', () => {
    expect(broken('tests/faults/programs/a.ts', `${imported}await delay(5);\n`)).toEqual([]);
  });
});

describe('no rule finds what is allowed', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['a small module', KERNEL, `${HEADER}export const a = (x: number) => x + 1;\n`],
    ['a date made from a number', KERNEL, `${HEADER}export const a = (at: number) => new Date(at);\n`],
    [
      'the clock in its adapter',
      'packages/kernel/src/time/system-clock.ts',
      `${HEADER}export const now = () => Date.now();\n`,
    ],
    ['a timer in an adapter', 'packages/engine/src/adapters/timer.ts', `${HEADER}setTimeout(() => undefined, 1);\n`],
    [
      'a random source by argument',
      KERNEL,
      `${HEADER}export const id = (randomBytes: () => number) => randomBytes();\n`,
    ],
    ['hashing', 'packages/engine/src/keys/hash.ts', `${HEADER}import { createHash } from 'node:crypto';\n`],
    ['the clock outside the core', 'packages/cli/src/run.ts', `${HEADER}console.log(Date.now());\n`],
    ['a long test callback', 'packages/kernel/src/a.test.ts', `test('x', () => {\n${lines(100)}});\n`],
    [
      'any with its reason',
      KERNEL,
      `${HEADER}// any: a constraint on a function of whatever arguments\nexport type F = (...args: any[]) => unknown;\n`,
    ],
    ['a reasoned suppression', KERNEL, `${HEADER}// biome-ignore lint/a/b: the loop is measured to be faster\n`],
    ['an expected error in a type test', 'packages/kernel/src/a.test-d.ts', '// @ts-expect-error\nconst a: 1 = 2;\n'],
    ['a default export of a config', 'vitest.config.ts', `${HEADER}export default {};\n`],
    ['words in strings', KERNEL, `${HEADER}export const a = 'Date.now() console.log any';\n`],
    ['a migration of any length', 'packages/store/src/migrations/first.ts', HEADER + lines(500)],
    ['a url path', 'docs/a.md', 'https://example.org/home/page and packages/work/opt'],
    [
      'this as a parameter',
      KERNEL,
      `${HEADER}export function f(this: unknown, a: 1, b: 1, c: 1) { return [this, a, b, c]; }\n`,
    ],
    ['a program with a first line for the shell', 'scripts/a.mjs', `#!/usr/bin/env node\n${HEADER}`],
  ];
  test.each(cases)('%s', (_name, path, text) => {
    expect(broken(path, text)).toEqual([]);
  });
});

describe('the debt list', () => {
  const finding = { rule: 'file-size', file: 'a.ts', line: 1, message: 'm', fix: 'f' };
  const debt = { rule: 'file-size', file: 'a.ts', reason: 'It is split when the second dialect lands.' };

  test('covers a known finding', () => {
    expect(applyDebt([finding], [debt])).toEqual([]);
  });
  test('does not cover another rule or file', () => {
    expect(applyDebt([{ ...finding, file: 'b.ts' }], [debt])).toHaveLength(2);
  });
  test('only shrinks: an entry that is paid has to go', () => {
    expect(applyDebt([], [debt])).toMatchObject([{ rule: 'debt' }]);
  });
  test('holds ten entries at most', () => {
    const many = Array.from({ length: 11 }, (_, index) => ({ ...debt, file: `${index}.ts` }));
    const findings = many.map((entry) => ({ ...finding, file: entry.file }));
    expect(applyDebt(findings, many)).toMatchObject([{ rule: 'debt', message: '11 entries, at most 10' }]);
  });
  test('takes no entry without a reason', () => {
    expect(() => parseDebt('[{"rule":"a","file":"b","reason":"later"}]')).toThrow(/reason/);
    expect(() => parseDebt('{}')).toThrow(/list/);
  });
});

test('line numbers count from 1', () => {
  expect([0, 1, 2, 3].map((position) => lineOf('a\nb\n', position))).toEqual([1, 1, 2, 2]);
});
