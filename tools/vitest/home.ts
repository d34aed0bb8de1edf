/**
 * Gives a test run a home folder of its own: no test reads or writes the user's runs, whatever it forgets to set. What the user's
 * environment says about Millrace is taken away for the same reason; settings for tests, MILLRACE_TEST_*, stay.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Run by vitest before any test file; what it returns runs after the last one. */
export function setup(): () => void {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('MILLRACE_') && !name.startsWith('MILLRACE_TEST_')) delete process.env[name];
  }
  const home = mkdtempSync(join(tmpdir(), 'millrace-home-'));
  process.env['MILLRACE_HOME'] = home;
  return () => rmSync(home, { recursive: true, force: true, maxRetries: 3 });
}
