/** `node tools/api-docs/main.ts [package folder]`: checks that every export of every package entry is documented. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findUndocumented } from './public-exports.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const only = process.argv[2] ?? '';

const entries = globSync('{packages,integrations}/*/package.json', { cwd: root })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.startsWith(only))
  .sort()
  .flatMap((path) => {
    const { exports } = JSON.parse(readFileSync(join(root, path), 'utf8')) as { exports: Record<string, unknown> };
    return Object.values(exports)
      .map((target) => (target as Record<string, string>)['millrace-source'])
      .filter((source) => source !== undefined)
      .map((source) => ({
        file: join(root, dirname(path), source),
        needsExamples: path === 'packages/millrace/package.json',
      }));
  });
if (entries.length === 0) throw new Error(`There is no package entry under '${only}': nothing was checked.`);

// A name that several entries hand on is one finding.
const findings = [...new Set(findUndocumented(entries, root))];
for (const finding of findings) process.stdout.write(`${finding}\n`);
process.stdout.write(`api-docs: ${entries.length} entries, ${findings.length} findings\n`);
process.exitCode = findings.length === 0 ? 0 : 1;
