/** A worker that dies of a crash of Node is run again, once and in plain words; nothing else is. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

function runSuite(environment) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-crashing-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const suite = join(import.meta.dirname, 'fixtures/crashing/vitest.config.mjs');
  const { stdout, status } = spawnSync(process.execPath, [join(import.meta.dirname, 'test.mjs'), `--config=${suite}`], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, CRASH_MARK: join(folder, 'crashed'), ...environment },
  });
  return { stdout, status, last: stdout.trimEnd().split('\n').at(-1) };
}

test.each(['SIGTRAP', 'SIGSEGV'])('after %s the file runs again, and only it', (signal) => {
  const { stdout, status, last } = runSuite({ CRASH_SIGNAL: signal });
  expect(stdout).toContain(
    `Node itself crashed (${signal}) in a worker process: running scripts/fixtures/crashing/crash.test.mjs again`,
  );
  expect({ status, last }).toEqual({ status: 0, last: '2 passed, 0 failed, 1 skipped' });
});

test('a second crash is a failure', () => {
  const { status, last } = runSuite({ CRASH_SIGNAL: 'SIGTRAP', CRASH_AGAIN: 'yes' });
  expect({ status, last }).toEqual({ status: 1, last: '0 passed, 1 failed, 1 skipped' });
});

test('a test that fails stays failed beside a crash, and is not run again', () => {
  const { stdout, status, last } = runSuite({ CRASH_SIGNAL: 'SIGTRAP', WITH_FAILURE: 'yes' });
  expect(stdout.match(/× .*fails/g)).toHaveLength(1);
  expect({ status, last }).toEqual({ status: 1, last: '2 passed, 1 failed, 0 skipped' });
});

test('a kill is a failure at once', () => {
  const { stdout, status, last } = runSuite({ CRASH_SIGNAL: 'SIGKILL' });
  expect(stdout).not.toContain('again');
  expect(status).toBe(1);
  expect(last).toContain(' 1 failed');
});
