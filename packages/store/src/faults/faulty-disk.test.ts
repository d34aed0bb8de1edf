/**
 * F26 and F27 on SQLite, with real processes over a disk that fails or that loses what was not synced: what was acknowledged
 * is there after the next start, and a process whose disk failed writes nothing more.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { FaultyDisk, noFaultyDisk } from '../conformance/faulty-disk.ts';
import { machineHost, openStore } from '../index.ts';

const program = (name: string) => fileURLToPath(new URL(`../conformance/${name}.ts`, import.meta.url));
const options = ['--conditions=millrace-source', '--no-warnings'];

function linesOf(file: string): readonly string[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  // A line that was cut by the kill is not there.
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean);
}

/** Opens it as a start does, and answers which rows it has. */
async function idsIn(path: string): Promise<ReadonlySet<string>> {
  await (await openStore({ url: path })).close();
  const database = new DatabaseSync(path);
  expect(database.prepare('PRAGMA integrity_check').get()?.['integrity_check']).toBe('ok');
  const ids = database.prepare('SELECT id FROM task_run').all();
  database.close();
  return new Set(ids.map(({ id }) => id as string));
}

describe.skipIf(noFaultyDisk !== undefined)('a loss of power', () => {
  test.each([1, 2, 3, 4, 5, 6])('after moment %i: all that was acknowledged is there', async (moment) => {
    using disk = new FaultyDisk();
    const args = [program('acknowledging-process'), join(disk.folder, 'store.db'), 'p', '100000', disk.notes];
    const child = spawn(process.execPath, [...options, ...args], { env: disk.environment, stdio: 'ignore' });
    const exit = once(child, 'exit');
    while (linesOf(disk.notes).length < moment * 57) {
      await new Promise<void>((resolve) => void machineHost.clock.setTimer(2, resolve));
    }
    child.kill('SIGKILL');
    await exit;
    const acknowledged = linesOf(disk.notes).map((index) => `p-${index}`);
    const stored = await idsIn(join(disk.synced, 'store.db'));
    expect(acknowledged.length).toBeGreaterThanOrEqual(moment * 57);
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  });
});

describe.skipIf(noFaultyDisk !== undefined)('a disk that fails', () => {
  test.each([
    ['sync', 'a sync that fails'],
    ['write', 'a write that fails'],
    ['short', 'a write that is cut short'],
  ])('%s: the process writes nothing more, and the next start has all that was acknowledged', async (fault) => {
    using disk = new FaultyDisk();
    const path = join(disk.folder, 'store.db');
    const args = [program('failing-disk-process'), path, disk.notes, disk.fault, fault];
    const { stdout, stderr } = spawnSync(process.execPath, [...options, ...args], {
      env: disk.environment,
      encoding: 'utf8',
    });
    const failed = 'StoreUnavailable failed';
    expect({ stderr, ...JSON.parse(stdout || '{}') }).toEqual({
      stderr: '',
      during: failed,
      after: failed,
      reading: 'done',
    });
    const acknowledged = linesOf(disk.notes);
    expect(acknowledged).toHaveLength(20);
    const stored = await idsIn(path);
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  });
});
