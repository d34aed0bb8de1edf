/**
 * `npm run bench`: each case on Millrace, on the raw limit and on the peers, in one go, each in a fresh process; medians and
 * the ratios between them. `--quick` runs each once, `--only CASE`, `--no-peers`, `--json`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CASES, type CaseName } from './case.ts';
import { limitsTable, measureLimits } from './limits.ts';
import { availableSubjects, type SubjectPlan } from './subjects.ts';
import { caseTable, type Figures } from './table.ts';

const args = process.argv.slice(2);
const rounds = args.includes('--quick') ? 1 : 3;
const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined;
const names = (Object.keys(CASES) as CaseName[]).filter((name) => only === undefined || name === only);

const figures: Figures = new Map();
const subjects = await availableSubjects({ withPeers: !args.includes('--no-peers') });
for (const name of names) {
  // In turn, not one subject after the other: a machine that slows down slows all of them.
  for (let round = 0; round < rounds; round += 1) for (const subject of subjects) await one(name, subject);
}
const limits = only === undefined || only === 'limits' ? await measureLimits() : [];

const report = `${caseTable(figures, subjects)}${limits.length > 0 ? `\n${limitsTable(limits)}` : ''}`;
process.stdout.write(
  args.includes('--json') ? `${JSON.stringify({ figures: Object.fromEntries(figures), limits }, null, 2)}\n` : report,
);
mkdirSync(join(import.meta.dirname, 'results'), { recursive: true });
writeFileSync(join(import.meta.dirname, 'results/latest.md'), report);

async function one(name: CaseName, subject: SubjectPlan): Promise<void> {
  const key = `${name} ${subject.name}`;
  const known = figures.get(key) ?? [];
  if (known.some((figure) => 'error' in figure)) return;
  process.stderr.write(`${name} on ${subject.name}\n`);
  figures.set(key, [...known, await subject.run(name)]);
}
