import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examplesOf, unmarkedBlocks } from './examples.ts';
import { checkLinks } from './links.ts';
import { parsePage } from './pages.ts';

const FENCE = '```';

function block(info: string, code: string): string {
  return `${FENCE}${info}\n${code}\n${FENCE}\n`;
}

describe('examples', () => {
  test('a line of a program has the number that it has on its page', () => {
    const [example] = examplesOf(parsePage('docs/a.md', `# A\n\n${block('ts run', 'const a = 1;')}`));
    expect(example).toMatchObject({ line: 4, runs: true, program: '\n\n\nconst a = 1;\n' });
  });

  test('a continued block goes on in the program before it, and its output is expected', () => {
    const text =
      block('ts run', 'const a = 1;') + block('ts run continued', 'console.log(a);') + block('text output', '1');
    const page = parsePage('docs/a.md', text);
    expect(examplesOf(page)).toEqual([
      { page: 'docs/a.md', line: 2, runs: true, program: '\nconst a = 1;\n\n\nconsole.log(a);\n', output: '1\n' },
    ]);
  });

  test('a block that is only checked is not run, and a fragment is left alone', () => {
    const text = block('ts check', 'const a = 1;') + block('ts fragment', '{ a: 1 }');
    expect(examplesOf(parsePage('docs/a.md', text)).map((example) => example.runs)).toEqual([false]);
  });

  test('a block in docs that does not say what it is, is found', () => {
    const text = block('ts', 'const a = 1;') + block('sh', 'ls');
    expect(unmarkedBlocks(parsePage('docs/a.md', text))).toHaveLength(1);
  });
});

describe('links', () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'docs-check-'));
    mkdirSync(join(root, 'docs'));
    writeFileSync(join(root, 'docs/b.md'), '# Two words\n');
  });
  afterAll(() => rmSync(root, { recursive: true }));

  test.each([
    ['[b](b.md)', 0],
    ['[b](b.md#two-words)', 0],
    ['[b](b.md#three-words)', 1],
    ['[c](c.md)', 1],
    ['[web](https://example.org/c.md)', 0],
    ['see `docs/b.md`', 0],
    ['see `docs/c.md`', 1],
    ['see `docs/*.md`', 0],
    ['see `kernel/src/nothing.ts`', 1],
    ['run `npm run ci`', 0],
    ['run `npm run nothing`', 1],
    [block('sh', '[c](c.md)'), 0],
  ])('%s', (text, count) => {
    const page = parsePage('docs/a.md', text);
    const pages = [page, parsePage('docs/b.md', '# Two words\n')];
    expect(checkLinks(page, { root, pages, scripts: ['ci'] })).toHaveLength(count);
  });
});
