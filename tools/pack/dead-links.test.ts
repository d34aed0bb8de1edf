import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deadLinks } from './dead-links.ts';
import { publishedWorkspaces, ROOT } from './workspaces.ts';

test('a relative link is dead unless its file is in the package', () => {
  const text = '[a](docs/a.md#part) [b](../ARCHITECTURE.md) [c](https://example.com) [d](#here) [e](docs/b.md)';
  expect(deadLinks(text, (path) => path === 'docs/a.md')).toEqual(['../ARCHITECTURE.md', 'docs/b.md']);
});

test('every package has a README of its own, of at most 80 lines, and no two are alike', () => {
  const texts = publishedWorkspaces().map(({ folder }) => {
    const file = join(ROOT, folder, 'README.md');
    return existsSync(file) ? readFileSync(file, 'utf8') : folder;
  });
  for (const text of texts) expect(text.split('\n').length).toBeLessThanOrEqual(81);
  expect(texts.filter((text) => !text.startsWith('# '))).toEqual([]);
  expect(new Set(texts).size).toBe(texts.length);
});
