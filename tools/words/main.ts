/**
 * `node tools/words/main.ts [path prefix] [--lower]`: refuses words that `docs/glossary.md` has a better one for, and the turns of phrase
 * that make a comment hard to read. With a prefix, such as `packages/engine`, every finding below it is printed, debt or not;
 * `--lower` takes what has been mended out of the debt.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFiles } from '../tidy/read-files.ts';
import { checkGlossary } from './glossary.ts';
import { checkWords } from './check-words.ts';
import { areaOf, lowered, overdrawn, type WordDebt } from './debt.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const debtFile = join(root, 'tools/words/debt.json');
const [prefix = ''] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
// The check's own tables and tests have to name what they refuse.
const files = readFiles(root).filter((file) => file.path.startsWith(prefix) && !file.path.startsWith('tools/words/'));
if (files.length === 0) throw new Error(`words found no files under '${prefix}': nothing was checked.`);

const debt = JSON.parse(readFileSync(debtFile, 'utf8')) as WordDebt;
const found = files.flatMap(checkWords);
const glossary = checkGlossary(readFileSync(join(root, 'docs/glossary.md'), 'utf8'));
if (process.argv.includes('--lower') && prefix === '') {
  writeFileSync(debtFile, `${JSON.stringify(lowered(found, debt), null, 2)}\n`);
}

const areas = overdrawn(found, debt);
const shown = [...glossary, ...found.filter(({ file }) => prefix !== '' || areas.has(areaOf(file)))];
for (const { rule, file, line, message, fix } of shown) {
  process.stdout.write(`${file}:${line} [${rule}] ${message}. ${fix}\n`);
}
const owed = Object.values(debt).reduce((sum, count) => sum + count, 0);
process.stdout.write(`words: ${files.length} files, ${found.length} findings, ${owed} of them allowed for now\n`);
process.exitCode = areas.size + glossary.length === 0 || prefix !== '' ? 0 : 1;
