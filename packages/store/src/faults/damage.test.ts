/** F28: damaged pages, files cut short, logs taken away, copies of a live file: reported in words, and never served as if whole. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { flowRun, taskRun } from '../conformance/harness.ts';
import { backupStore, openStore, type Store } from '../index.ts';

const pageBytes = 4_096;

describe('a damaged database', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-damage-'));
    path = join(folder, 'store.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const open = (url = path) => openStore({ url, durability: 'process', retryMaxMs: 200 });
  const fillUp = async (store: Store, count = 400) => {
    const run = flowRun();
    await store.putFlowRun(run);
    for (let index = 0; index < count; index += 1) {
      void store.putTaskRun(taskRun({ flowRunId: run.id, outcome: 'x'.repeat(1_500) }), null);
    }
    await store.flush();
    return run.id;
  };
  const damage = (from: number, bytes: number) => {
    const content = readFileSync(path);
    content.fill(0xa5, from, from + bytes);
    writeFileSync(path, content);
  };
  /** A process that wrote and was killed: its log is not in the file yet. */
  const killedWriter = async () => {
    const child = fork(new URL('../conformance/writing-process.ts', import.meta.url), [path, 'a', '100000'], {
      execArgv: ['--conditions=millrace-source', '--no-warnings'],
    });
    const watching = await open();
    const received = Promise.withResolvers<void>();
    const watch = watching.watch(() => received.resolve());
    await received.promise;
    watch.close();
    child.kill('SIGKILL');
    await once(child, 'exit');
    // As the dead process left them: closing a store in order would tidy up.
    const left = join(folder, 'left.db');
    for (const suffix of ['', '-wal', '-shm']) copyFileSync(path + suffix, left + suffix);
    await watching.close();
    return left;
  };

  test('a page damaged after an orderly end is told when it is met, by reads and by writes', async () => {
    const store = await open();
    const run = await fillUp(store);
    await store.close();
    // In the middle of the rows: the first pages hold the schema.
    damage(Math.floor(readFileSync(path).length / 2), pageBytes * 30);
    const again = await open();
    await expect(again.read(({ taskRuns }) => taskRuns.list({ limit: 1_000 }))).rejects.toMatchObject({
      code: 'CorruptDatabase',
      message: expect.stringContaining('.recover'),
    });
    const update = again.write(({ maintenance }) =>
      maintenance.removePart({ kind: 'flow-run', id: run }, { limit: 1_000_000, blobsDueAt: 0 }),
    );
    await expect(update).rejects.toMatchObject({ code: 'CorruptDatabase' });
    // Nothing is written to a file that is known to be damaged.
    await expect(again.putTaskRun(taskRun(), null)).rejects.toMatchObject({ code: 'CorruptDatabase' });
    await again.close();
  });

  test('a damaged first page is told at the start', async () => {
    const store = await open();
    await fillUp(store, 10);
    await store.close();
    damage(0, 60);
    await expect(open()).rejects.toMatchObject({ code: 'CorruptDatabase' });
  });

  test('a file cut short is told at the start or when it is met', async () => {
    const store = await open();
    await fillUp(store);
    await store.close();
    for (const bytes of [readFileSync(path).length - 100_000, pageBytes * 3 + 17]) {
      truncateSync(path, bytes);
      const used = (async () => {
        const again = await open();
        try {
          await again.read(({ taskRuns }) => taskRuns.list({ limit: 1_000 }));
        } finally {
          await again.close();
        }
      })();
      await expect(used).rejects.toMatchObject({ code: 'CorruptDatabase' });
    }
  });

  test('after kill -9 the log is read, and nothing is missing', async () => {
    const left = await killedWriter();
    const store = await open(left);
    const counts = await store.read(({ taskRuns }) => taskRuns.counts({}));
    expect(counts[0]?.count).toBeGreaterThan(0);
    await store.close();
  });

  test('a log that was taken away after a crash is noticed: the newest rows were in it', async () => {
    const left = await killedWriter();
    rmSync(`${left}-wal`);
    await expect(open(left)).rejects.toMatchObject({
      code: 'CorruptDatabase',
      message: expect.stringContaining('-wal'),
    });
    expect(existsSync(`${left}-shm`)).toBe(true);
    // A user who wants what is left deletes the other file too.
    rmSync(`${left}-shm`);
    await (await open(left)).close();
  });

  test('a log whose index was taken away is read as it is', async () => {
    const left = await killedWriter();
    rmSync(`${left}-shm`);
    const store = await open(left);
    expect((await store.read(({ taskRuns }) => taskRuns.counts({})))[0]?.count).toBeGreaterThan(0);
    await store.close();
  });

  test('a torn log ends where it is whole', async () => {
    const left = await killedWriter();
    const bytes = readFileSync(`${left}-wal`).length;
    truncateSync(`${left}-wal`, bytes - 1_000);
    rmSync(`${left}-shm`);
    const store = await open(left);
    await store.putTaskRun(taskRun(), null);
    await store.close();
  });

  test('a file copied from under a live store is whole, or told; a backup is whole', async () => {
    const store = await open();
    await fillUp(store);
    const copy = join(folder, 'copy.db');
    copyFileSync(path, copy);
    copyFileSync(`${path}-shm`, `${copy}-shm`);
    // The log was left out: what it has is missing in the copy.
    await expect(open(copy)).rejects.toMatchObject({ code: 'CorruptDatabase' });
    const { file } = await backupStore(store, { folder: join(folder, 'backup') });
    const restored = await open(file);
    expect((await restored.read(({ taskRuns }) => taskRuns.counts({})))[0]?.count).toBe(400);
    await restored.close();
    await store.close();
  });

  test('after an orderly end there is one file, and nothing is said', async () => {
    const store = await open();
    await fillUp(store, 10);
    await store.close();
    expect([existsSync(`${path}-wal`), existsSync(`${path}-shm`)]).toEqual([false, false]);
    await (await open()).close();
  });

  test("somebody else's file and a newer schema are left byte for byte", async () => {
    const { DatabaseSync } = await import('node:sqlite');
    for (const statements of [
      'CREATE TABLE invoice (id); INSERT INTO invoice VALUES (1)',
      'PRAGMA application_id = 42; CREATE TABLE invoice (id)',
    ]) {
      const foreign = join(folder, `foreign-${statements.length}.db`);
      const database = new DatabaseSync(foreign);
      database.exec(statements);
      database.close();
      const before = readFileSync(foreign);
      await expect(open(foreign)).rejects.toMatchObject({ code: 'ForeignDatabase' });
      expect(readFileSync(foreign).equals(before)).toBe(true);
    }
    await (await open()).close();
    const newer = new DatabaseSync(path);
    newer.exec("INSERT INTO millrace_migration VALUES ('9999-x', '', 0); PRAGMA user_version = 9999");
    newer.exec('PRAGMA journal_mode = DELETE; PRAGMA journal_mode = WAL');
    newer.close();
    await expect(open()).rejects.toMatchObject({ code: 'NewerDatabase' });
    const look = new DatabaseSync(path);
    expect(Object.values(look.prepare('PRAGMA user_version').get()!)).toEqual([9999]);
    look.close();
  });
});
