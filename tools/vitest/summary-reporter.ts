/**
 * Prints the totals of a test run as its last line, `N passed, N failed, N skipped`, in a form that any build service can read.
 * A file that fails to load counts as one failure, so a broken import is never a silent pass. When MILLRACE_TEST_SUMMARY names
 * a file, the totals are written there too, for a runner that adds other suites to them.
 */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** Test totals of one run. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Counts the tests of the given modules; errors outside any test (a module that cannot load, a hook) count as failures. */
export function countTests(modules: readonly TestModule[], unhandledErrorCount: number): Totals {
  let passed = 0;
  let failed = unhandledErrorCount;
  let skipped = 0;
  for (const module of modules) {
    let failedHere = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed += 1;
      else if (state === 'failed') failedHere += 1;
      else skipped += 1;
    }
    if (failedHere === 0 && module.state() === 'failed') failedHere = 1;
    failed += failedHere;
  }
  return { passed, failed, skipped };
}

/** The one line that every runner of this repository ends with. */
export function summaryLine(totals: Totals): string {
  return `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`;
}

/** The vitest reporter; it must come after the default one. A default export, since vitest loads reporters that way. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const totals = countTests(modules, unhandledErrors.length);
    const file = process.env['MILLRACE_TEST_SUMMARY'];
    if (file !== undefined && file !== '') writeFileSync(file, JSON.stringify(totals));
    process.stdout.write(`${summaryLine(totals)}\n`);
  }
}
