/**
 * `npm test`: vitest without the slow suites, then the type tests, then one line with the totals of both; `npm run test:slow`:
 * the slow suites alone. With arguments (files, vitest options) only vitest runs, over all suites. Each `*.test-d.ts` file counts as one test, which fails when the compiler finds an error in it; an error anywhere
 * else in sources, tests or tools is one failure more. A file whose worker process died of a crash of Node itself runs again, once;
 * a test that failed never does.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ROOT, run, TSC } from './setup/run.mjs';

const given = process.argv.slice(2);
const isSlow = given.includes('--slow');
const isWhole = given.length === 0;
const args = isSlow ? ['--project=slow'] : isWhole ? ['--project=!slow'] : given;
const scratch = mkdtempSync(join(tmpdir(), 'millrace-test-'));

try {
  const totals = runVitestOverCrashes();
  if (isWhole) addTypeTests(totals);
  if (isWhole) process.stdout.write('The suites that start and kill processes: npm run test:slow\n');
  if (totals.failed > 0) process.exitCode = 1;
  process.stdout.write(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** One run of everything; the files of workers that crashed run again, and whatever happens then counts. */
function runVitestOverCrashes() {
  const first = runVitest(args);
  if (first.crashes.length === 0) return first;
  const files = [...new Set(first.crashes.flatMap((crash) => crash.files))];
  const names = files.map((file) => relative(ROOT, file)).join(', ');
  const signals = first.crashes.map((crash) => crash.signal).join(', ');
  process.stdout.write(`\nNode itself crashed (${signals}) in a worker process: running ${names} again, once.\n`);
  // Only what is one argument for certain: a name filter may go, as the whole file has to run.
  const options = args.filter((argument) => argument.startsWith('--'));
  const again = runVitest([...options, ...files]);
  const verdict = again.failed + again.crashes.length === 0 ? 'passed' : 'failed';
  process.stdout.write(`After a crash of Node (${signals}), the second run of ${names} ${verdict}.\n`);
  return {
    passed: first.passed + again.passed,
    failed: first.failed + again.failed + again.crashes.length,
    skipped: first.skipped + again.skipped,
  };
}

function runVitest(given) {
  const summary = join(scratch, 'summary.json');
  rmSync(summary, { force: true });
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const code = run(process.execPath, [vitest, 'run', ...given], {
    env: { ...process.env, MILLRACE_TEST_SUMMARY: summary },
  });
  try {
    const totals = JSON.parse(readFileSync(summary, 'utf8'));
    return code !== 0 && totals.failed + totals.crashes.length === 0 ? { ...totals, failed: 1 } : totals;
  } catch {
    process.stderr.write(`vitest ended with ${code} before it could report.\n`);
    return { passed: 0, failed: 1, skipped: 0, crashes: [] };
  }
}

function addTypeTests(totals) {
  const files = globSync('{packages,integrations}/*/src/**/*.test-d.ts', { cwd: ROOT }).map((file) =>
    file.replaceAll('\\', '/'),
  );
  const result = spawnSync(process.execPath, [TSC, '-p', 'tsconfig.tests.json', '--pretty', 'false'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  process.stdout.write(result.stdout);
  process.stderr.write(result.stderr);
  const wrong = new Set([...result.stdout.matchAll(/^(\S.*?)\(\d+,\d+\): error /gm)].map((match) => match[1]));
  const failedFiles = files.filter((file) => wrong.has(file));
  const otherCount = wrong.size - failedFiles.length;
  totals.passed += files.length - failedFiles.length;
  totals.failed += failedFiles.length + otherCount + (result.status !== 0 && wrong.size === 0 ? 1 : 0);
  process.stdout.write(
    `Type tests: ${files.length - failedFiles.length} of ${files.length} files hold, ${otherCount} other files with type errors.\n`,
  );
}
