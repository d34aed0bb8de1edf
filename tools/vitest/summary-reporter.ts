/**
 * Prints the totals of a test run as its last line, `N passed, N failed, N skipped`, in a form that any build service can read.
 * A file that fails to load counts as one failure, so a broken import is never a silent pass. When MILLRACE_TEST_SUMMARY names
 * a file, the totals are written there too, for a runner that adds other suites to them or runs a crashed file again.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { parseWorkerCrash, type WorkerCrash } from './worker-crash.ts';

/** Test totals of one run. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Workers that crashed; not among `failed`, and their files' tests that passed are in no count. */
  readonly crashes: readonly WorkerCrash[];
}

/** Counts the tests of the given modules; errors outside any test (a module that cannot load, a hook) count as failures. */
export function countTests(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): Totals {
  const crashes = unhandledErrors.map(parseWorkerCrash).filter((crash) => crash !== undefined);
  const crashed = new Set(crashes.flatMap(({ files }) => files.map((file) => resolve(file))));
  let passed = 0;
  let failed = unhandledErrors.length - crashes.length;
  let skipped = 0;
  for (const module of modules) {
    const states = [...module.children.allTests()].map((test) => test.result().state);
    const failedHere = states.filter((state) => state === 'failed').length;
    failed += failedHere;
    if (crashed.has(resolve(module.moduleId))) continue;
    if (failedHere === 0 && module.state() === 'failed') failed += 1;
    const passedHere = states.filter((state) => state === 'passed').length;
    passed += passedHere;
    skipped += states.length - passedHere - failedHere;
  }
  return { passed, failed, skipped, crashes };
}

/** The one line that every runner of this repository ends with. A crash is a failure here. */
export function summaryLine({ passed, failed, skipped, crashes }: Totals): string {
  return `${passed} passed, ${failed + crashes.length} failed, ${skipped} skipped`;
}

/** The vitest reporter; it must come after the default one. A default export, since vitest loads reporters that way. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const totals = countTests(modules, unhandledErrors);
    const file = process.env['MILLRACE_TEST_SUMMARY'];
    if (file !== undefined && file !== '') writeFileSync(file, JSON.stringify(totals));
    process.stdout.write(`${summaryLine(totals)}\n`);
  }
}
