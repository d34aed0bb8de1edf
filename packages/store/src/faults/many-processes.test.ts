/**
 * F24: eight processes on one file. No caller gets an error for a lock, nothing that was acknowledged is lost, and kill -9 of some
 * leaves the file whole. MILLRACE_TEST_PUTS=5000 gives the full size; by default each process puts 1,000 rows.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../index.ts';

const processCount = 8;
const putCount = Number(process.env['MILLRACE_TEST_PUTS'] ?? 1_000);
const timeoutMs = 60_000 + putCount * 60;

describe('eight processes on one file', () => {
  let folder: string;
  let url: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-many-'));
    url = join(folder, 'store.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const notesOf = (name: string) => join(folder, `${name}.acknowledged`);
  const start = (name: string) => {
    const main = new URL('../conformance/acknowledging-process.ts', import.meta.url);
    return fork(main, [url, name, `${putCount}`, notesOf(name)], {
      execArgv: ['--conditions=millrace-source', '--no-warnings'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
  };
  /** Code or signal, and what it said when it failed. */
  const ended = async (child: ChildProcess) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    return code === 0 ? 'ok' : (signal ?? said);
  };
  const acknowledgedBy = (name: string) => {
    const text = existsSync(notesOf(name)) ? readFileSync(notesOf(name), 'utf8') : '';
    // A line that was cut by the kill is not there.
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(Boolean)
      .map((index) => `${name}-${index}`);
  };
  const stored = async () => {
    const store = await openStore({ url });
    await store.close();
    const database = new DatabaseSync(url);
    const integrity = database.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
    const ids = new Set(
      database
        .prepare('SELECT id FROM task_run')
        .all()
        .map(({ id }) => id as string),
    );
    database.close();
    return { integrity, ids };
  };
  const names = Array.from({ length: processCount }, (_, index) => `p${index}`);

  test('all write everything, and none hears of a lock', { timeout: timeoutMs }, async () => {
    expect(await Promise.all(names.map((name) => ended(start(name))))).toEqual(names.map(() => 'ok'));
    const { integrity, ids } = await stored();
    expect(integrity).toBe('ok');
    expect(ids.size).toBe(processCount * putCount);
  });

  test('some are killed in the middle: the others notice nothing, and what was acknowledged is there', {
    timeout: timeoutMs,
  }, async () => {
    const children = new Map(names.map((name) => [name, start(name)]));
    const ends = new Map([...children].map(([name, child]) => [name, ended(child)]));
    const watching = await openStore({ url });
    for (const name of names.slice(0, 3)) {
      const ready = () => acknowledgedBy(name).length >= 20;
      if (!ready()) {
        await new Promise<void>((resolve) => {
          const watch = watching.watch(() => {
            if (!ready()) return;
            watch.close();
            resolve();
          });
        });
      }
      children.get(name)?.kill('SIGKILL');
    }
    await watching.close();
    const verdicts = await Promise.all(names.map((name) => ends.get(name)));
    expect(verdicts.slice(3)).toEqual(names.slice(3).map(() => 'ok'));
    for (const verdict of verdicts.slice(0, 3)) expect(['SIGKILL', 'ok']).toContain(verdict);
    const { integrity, ids } = await stored();
    expect(integrity).toBe('ok');
    const lost = names.flatMap(acknowledgedBy).filter((id) => !ids.has(id));
    expect(lost).toEqual([]);
    expect(ids.size).toBeGreaterThanOrEqual((processCount - 3) * putCount);
  });
});
