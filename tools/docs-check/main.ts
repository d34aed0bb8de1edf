/**
 * `node tools/docs-check/main.ts`: checks that every link, path and command named in the documentation is there, and that each block
 * of code says whether it is run. The blocks themselves are run by the tests beside this file.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { examplesOf, unmarkedBlocks } from './examples.ts';
import { checkFolders } from './folders.ts';
import { checkLinks } from './links.ts';
import { ROOT, readPages } from './pages.ts';

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const pages = readPages();
const around = { root: ROOT, pages, scripts: Object.keys(manifest.scripts) };
const findings = [
  ...pages.flatMap((page) => [...checkLinks(page, around), ...unmarkedBlocks(page)]),
  ...checkFolders(pages, ROOT),
];
if (pages.length === 0) findings.push('[docs] there is no page at all: nothing was checked.');

for (const finding of findings) process.stdout.write(`${finding}\n`);
process.stdout.write(
  `docs: ${pages.length} pages, ${pages.flatMap(examplesOf).length} examples, ${findings.length} findings\n`,
);
process.exitCode = findings.length === 0 ? 0 : 1;
