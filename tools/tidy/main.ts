/**
 * `node tools/tidy/main.ts [path prefix]`: checks the house rules that no ready tool knows. Each finding names the rule, the place
 * and the way out. With a prefix, such as `packages/kernel`, only findings under it are printed; the debt list is then left alone.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyDebt, parseDebt } from './debt.ts';
import { readFiles } from './read-files.ts';
import type { Finding } from './rule.ts';
import { RULES } from './rules.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const prefix = process.argv[2] ?? '';
const files = readFiles(root).filter((file) => file.path.startsWith(prefix));
if (files.length === 0) throw new Error(`tidy found no files under '${prefix}': nothing was checked.`);

const found = files.flatMap((file) => RULES.flatMap((rule) => rule.check(file)));
const debts = parseDebt(readFileSync(join(root, 'tools/tidy/debt.json'), 'utf8'));
const findings = applyDebt(found, prefix === '' ? debts : debts.filter((debt) => debt.file.startsWith(prefix)));

for (const finding of findings) process.stdout.write(`${describe(finding)}\n`);
process.stdout.write(`tidy: ${files.length} files, ${RULES.length} rules, ${findings.length} findings\n`);
process.exitCode = findings.length === 0 ? 0 : 1;

function describe({ rule, file, line, message, fix }: Finding): string {
  return `${file}:${line} [${rule}] ${message}. ${fix}`;
}
