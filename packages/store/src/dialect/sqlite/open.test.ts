/** Opening a SQLite file: what is not ours is left alone, what is broken is reported, what is old is brought up to date. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { machineHost } from '../../adapters/host.ts';
import { taskRun } from '../../conformance/harness.ts';
import { openStore } from '../../index.ts';
import { SqlStore } from '../../sql-store.ts';
import { openSqlite } from './open.ts';

describe('opening a SQLite file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-open-'));
    path = join(folder, 'deep', 'er', 'store.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const open = (url = path) => openStore({ url, retryMaxMs: 200 });
  const write = (text: string | Uint8Array) => {
    mkdirSync(join(folder, 'deep', 'er'), { recursive: true });
    writeFileSync(path, text);
  };
  const raw = (use: (database: DatabaseSync) => void) => {
    const database = new DatabaseSync(path);
    use(database);
    database.close();
  };

  test('makes folders and files that only their owner can read', async () => {
    const store = await open();
    await store.putTaskRun(taskRun(), null);
    expect(statSync(join(folder, 'deep')).mode & 0o777).toBe(0o700);
    for (const suffix of ['', '-wal', '-shm']) expect(statSync(path + suffix).mode & 0o777).toBe(0o600);
    await store.close();
  });

  test('takes a path, sqlite: and file: for the same file', async () => {
    const task = taskRun();
    const store = await open();
    await store.putTaskRun(task, null);
    await store.close();
    for (const url of [`sqlite:${path}`, `file://${path}`]) {
      const again = await open(url);
      expect(again.location).toBe(path);
      expect(await again.read((transaction) => transaction.taskRuns.get(task.id))).toBeDefined();
      await again.close();
    }
  });

  test("somebody else's database stays as it is", async () => {
    mkdirSync(join(folder, 'deep', 'er'), { recursive: true });
    raw((database) => database.exec('CREATE TABLE invoice (id)'));
    const before = readFileSync(path);
    await expect(open()).rejects.toMatchObject({
      code: 'ForeignDatabase',
      details: { found: 'it has the tables invoice' },
    });
    expect(readFileSync(path).equals(before)).toBe(true);
    raw((database) => database.exec('PRAGMA application_id = 7; DROP TABLE invoice'));
    await expect(open()).rejects.toMatchObject({ code: 'ForeignDatabase' });
  });

  test('a text in its place is told as foreign', async () => {
    write('these are notes, and not few of them\n'.repeat(200));
    await expect(open()).rejects.toMatchObject({ code: 'ForeignDatabase' });
  });

  test('a newer database is refused', async () => {
    await (await open()).close();
    raw((database) =>
      database.exec(`INSERT INTO millrace_migration VALUES ('9999-x', '', 0); PRAGMA user_version = 9999`),
    );
    await expect(open()).rejects.toMatchObject({ code: 'NewerDatabase', details: { unknown: ['9999-x'] } });
  });

  test('a schema whose past is another is refused', async () => {
    await (await open()).close();
    raw((database) => database.exec(`UPDATE millrace_migration SET checksum = 'x'; PRAGMA user_version = 0`));
    await expect(open()).rejects.toMatchObject({ code: 'ForeignDatabase' });
  });

  test('a first start that was killed between its transactions is taken up', async () => {
    mkdirSync(join(folder, 'deep', 'er'), { recursive: true });
    raw((database) =>
      database.exec(
        'PRAGMA journal_mode = WAL; PRAGMA application_id = 1299342181; CREATE TABLE millrace_migration ' +
          '(id TEXT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)',
      ),
    );
    const store = await open();
    await store.putTaskRun(taskRun(), null);
    await store.close();
  });

  test('a damaged page is found when the last user left without closing', async () => {
    const store = await open();
    for (let count = 0; count < 200; count += 1) void store.putTaskRun(taskRun({ outcome: 'x'.repeat(2_000) }), null);
    await store.close();
    const bytes = readFileSync(path);
    bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 8_192);
    writeFileSync(path, bytes);
    writeFileSync(`${path}-wal`, 'left behind');
    await expect(open()).rejects.toMatchObject({ code: 'CorruptDatabase' });
  });

  test('a truncated file is told as damaged', async () => {
    const store = await open();
    for (let count = 0; count < 50; count += 1) void store.putTaskRun(taskRun({ outcome: 'x'.repeat(2_000) }), null);
    await store.close();
    truncateSync(path, 9_000);
    writeFileSync(`${path}-wal`, 'left behind');
    await expect(open()).rejects.toMatchObject({ code: 'CorruptDatabase' });
  });

  test.skipIf(process.getuid?.() === 0)('a folder that can not be written is told as read-only', async () => {
    const locked = join(folder, 'locked');
    mkdirSync(locked, { mode: 0o500 });
    await expect(open(join(locked, 'store.db'))).rejects.toMatchObject({ code: 'StoreReadOnly' });
  });

  test('a path through a file and a path that is a folder are refused in words', async () => {
    write('');
    await expect(open(join(path, 'store.db'))).rejects.toMatchObject({ code: 'StoreUnavailable' });
    // No address of a database: for every command an error of its use.
    await expect(open(folder)).rejects.toMatchObject({ code: 'ConfigurationError' });
  });

  test('a lock that stays is told as StoreBusy, one that goes is waited for', async () => {
    const store = await open();
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    await expect(store.putTaskRun(taskRun(), null)).rejects.toMatchObject({ code: 'StoreBusy' });
    const put = store.putTaskRun(taskRun(), null);
    other.exec('COMMIT');
    await put;
    other.close();
    await store.close();
  });

  test('a full disk refuses writes, reads go on, and space brings writes back', async () => {
    const dialect = await openSqlite({ path, durability: 'synced', host: machineHost, retryMaxMs: 200 });
    const store = new SqlStore({ dialect, host: machineHost, retryMaxMs: 200 });
    const limitPages = async (count: number) => {
      await dialect.begin();
      await dialect.writer.all(`PRAGMA max_page_count = ${count}`);
      await dialect.rollback();
    };
    const kept = taskRun({ outcome: 'kept' });
    await store.putTaskRun(kept, null);
    await limitPages(1);
    const large = () => store.putTaskRun(taskRun({ outcome: 'x'.repeat(200_000) }), null);
    await expect(large()).rejects.toMatchObject({ code: 'StoreFull' });
    const body = store.write((transaction) => transaction.taskRuns.put([taskRun({ outcome: 'x'.repeat(200_000) })]));
    await expect(body).rejects.toMatchObject({ code: 'StoreFull' });
    expect((await store.read((transaction) => transaction.taskRuns.get(kept.id)))?.outcome).toBe('kept');
    await limitPages(1_000_000);
    await large();
    await store.close();
  });
});
