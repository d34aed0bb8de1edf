/**
 * `npm run ci [check ...]`: every check of the repository, each a program of its own that says what is wrong and what to do. All are
 * run even when one fails, so that one run shows everything; with names, such as `npm run ci tidy arch`, only those. Last comes
 * one line a check with its verdict and time.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHECKS, type Check } from './checks.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !CHECKS.some((check) => check.name === name));
if (unknown.length > 0) {
  throw new Error(`No check named ${unknown.join(', ')}. There are: ${CHECKS.map((check) => check.name).join(', ')}.`);
}

const chosen = CHECKS.filter((check) => wanted.length === 0 || wanted.includes(check.name));
const verdicts = chosen.map((check) => {
  process.stdout.write(`\n== ${check.name}: ${check.proves}\n`);
  const startedAt = performance.now();
  const passed = check.programs.every((program) => succeeds(check, program));
  return { check, passed, seconds: ((performance.now() - startedAt) / 1000).toFixed(1) };
});

process.stdout.write('\n');
for (const { check, passed, seconds } of verdicts) {
  const verdict = passed ? 'passed' : `FAILED  again with: npm run ci ${check.name}${check.repair ?? ''}`;
  process.stdout.write(`${check.name.padEnd(12)} ${seconds.padStart(6)} s  ${verdict}\n`);
}
const failedCount = verdicts.filter((verdict) => !verdict.passed).length;
process.stdout.write(`${verdicts.length - failedCount} checks passed, ${failedCount} failed\n`);
process.exitCode = failedCount === 0 ? 0 : 1;

function succeeds(check: Check, program: readonly string[]): boolean {
  for (const path of check.removes?.(root) ?? []) rmSync(path, { recursive: true, force: true });
  return spawnSync(process.execPath, program, { cwd: root, stdio: 'inherit' }).status === 0;
}
