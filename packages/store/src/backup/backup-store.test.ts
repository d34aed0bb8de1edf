/** Backups: whole, with the large values, beside writers; and what can't be backed up says what to do instead. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { flowRun, taskRun } from '../conformance/harness.ts';
import { backupStore, directoryStorage, openStore, type Store } from '../index.ts';

const postgresUrl = inject('postgresUrl');
const large = JSON.stringify('a large value '.repeat(10_000));

describe('a backup', () => {
  let folder: string;
  let store: Store;
  let to: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-backup-'));
    to = join(folder, 'backups', 'monday');
    store = await openStore({ url: join(folder, 'store.db'), durability: 'process' });
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  test('is a database of its own, with runs and large values', async () => {
    const run = flowRun();
    const task = taskRun({ flowRunId: run.id, outcome: await store.blobs.offload(large, { runId: 'r' }) });
    await store.putFlowRun(run);
    await store.putTaskRun(task, null);
    await store.blobs.offload(large, { runId: 'orphan' });
    const backup = await backupStore(store, { folder: to });
    expect(backup).toMatchObject({ blobs: 1, blobsElsewhere: 0, blobsLost: [] });
    expect(statSync(backup.file).size).toBe(backup.bytes);
    expect(statSync(backup.file).mode & 0o777).toBe(0o600);
    await store.close();
    rmSync(join(folder, 'store.db'));
    rmSync(join(folder, 'blobs'), { recursive: true });
    const restored = await openStore({ url: backup.file, durability: 'process' });
    const [stored] = (await restored.read(({ taskRuns }) => taskRuns.outcomes([task.id]))).values();
    expect(await restored.blobs.fetch(stored!, { runId: 'r' })).toBe(large);
    expect(await restored.read(({ flowRuns }) => flowRuns.get(run.id))).toMatchObject({ id: run.id });
    await restored.close();
  });

  test('taken while others write has every row that was acknowledged before it, and is whole', async () => {
    const other = await openStore({ url: store.location, durability: 'process' });
    let writing = true;
    let acknowledged = 0;
    const write = async (writer: Store) => {
      while (writing) {
        await Promise.all(Array.from({ length: 20 }, () => writer.putTaskRun(taskRun({ flowRunId: 'f' }), null)));
        acknowledged += 20;
      }
    };
    const writers = [write(store), write(other)];
    while (acknowledged < 200) await store.putTaskRun(taskRun(), null);
    const before = acknowledged;
    const backup = await backupStore(store, { folder: to });
    writing = false;
    await Promise.all(writers);
    await other.close();
    const copy = await openStore({ url: backup.file });
    const counts = await copy.read(({ taskRuns }) => taskRuns.counts({ flowRunId: 'f' }));
    expect(counts[0]?.count).toBeGreaterThanOrEqual(before);
    await copy.close();
  });

  test('goes into a new or an empty folder only, and leaves nothing half-made', async () => {
    mkdirSync(to, { recursive: true });
    await backupStore(store, { folder: to });
    await expect(backupStore(store, { folder: to })).rejects.toMatchObject({ code: 'ConfigurationError' });
    expect(readdirSync(join(folder, 'backups'))).toEqual(['monday']);
  });

  test('says which values were lost already, and keeps the rest', async () => {
    const outcome = await store.blobs.offload(large, { runId: 'r' });
    await store.putTaskRun(taskRun({ outcome }), null);
    await store.blobs.remove(outcome);
    const backup = await backupStore(store, { folder: to });
    expect(backup.blobsLost).toEqual([{ reference: outcome, reason: expect.stringContaining('is not in storage') }]);
  });

  test('leaves values of other storages where they are, and counts them', async () => {
    const blobs = directoryStorage({ folder: join(folder, 'shared'), name: 'shared', synced: false });
    const sharing = await openStore({ url: store.location, durability: 'process', blobs });
    await sharing.putTaskRun(taskRun({ outcome: await sharing.blobs.offload(large, { runId: 'r' }) }), null);
    expect(await backupStore(sharing, { folder: to })).toMatchObject({ blobs: 0, blobsElsewhere: 1 });
    await sharing.close();
  });

  test('of a damaged database is refused', async () => {
    for (let index = 0; index < 500; index += 1) {
      void store.putTaskRun(taskRun({ parameters: 'x'.repeat(2_000) }), null);
    }
    await store.flush();
    await store.close();
    const path = join(folder, 'store.db');
    const bytes = statSync(path).size;
    const damaged = join(folder, 'damaged.db');
    const content = (await import('node:fs')).readFileSync(path);
    content.fill(0xff, Math.floor(bytes / 2), Math.floor(bytes / 2) + 40_000);
    writeFileSync(damaged, content);
    const opened = await openStore({ url: damaged });
    await expect(backupStore(opened, { folder: to })).rejects.toMatchObject({ code: 'CorruptDatabase' });
    expect(existsSync(to)).toBe(false);
    expect(readdirSync(join(folder, 'backups'))).toEqual([]);
    await opened.close();
  });

  test('of a database in memory is refused', async () => {
    const memory = await openStore({ url: ':memory:' });
    await expect(backupStore(memory, { folder: to })).rejects.toMatchObject({ code: 'ConfigurationError' });
    await memory.close();
  });

  test.skipIf(postgresUrl === '')('of PostgreSQL is refused, naming pg_dump', async () => {
    const schema = `millrace_backup_${process.pid}`;
    const url = new URL(postgresUrl);
    url.searchParams.set('schema', schema);
    const postgres = await openStore({ url: url.href });
    await expect(backupStore(postgres, { folder: to })).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: expect.stringContaining('pg_dump'),
    });
    await postgres.close();
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: postgresUrl });
    await client.connect();
    await client.query(`DROP SCHEMA ${schema} CASCADE`);
    await client.end();
  });
});
