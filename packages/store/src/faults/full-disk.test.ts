/** F25: a disk that is full at any write. What was refused is not there, what was acknowledged is, and space brings writes back. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { machineHost } from '../adapters/host.ts';
import { flowRun, taskRun } from '../conformance/harness.ts';
import { noSmallDisk, SmallDisk } from '../conformance/small-disk.ts';
import { openSqlite } from '../dialect/sqlite/open.ts';
import { backupStore, openStore, type Store } from '../index.ts';
import { SqlStore } from '../sql-store.ts';

const large = JSON.stringify('a large value '.repeat(10_000));

async function storedIds(store: Store): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (let after: string | undefined; ; ) {
    const page = { limit: 1_000, ...(after === undefined ? {} : { after }) };
    const rows = await store.read(({ taskRuns }) => taskRuns.list(page));
    for (const { id } of rows) ids.add(id);
    after = rows.at(-1)?.id;
    if (rows.length < 1_000) return ids;
  }
}

function integrityOf(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  const answer = database.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
  database.close();
  return answer;
}

/** Puts rows until one is refused; answers the ids that were acknowledged and the one that was not. */
async function putUntilRefused(store: Store, bytes: number) {
  const acknowledged: string[] = [];
  for (;;) {
    const task = taskRun({ outcome: 'x'.repeat(bytes) });
    try {
      await store.putTaskRun(task, null);
    } catch (error) {
      return { acknowledged, refused: task.id, error };
    }
    acknowledged.push(task.id);
  }
}

describe('a file that may not grow at write n, for every n', () => {
  test.each(Array.from({ length: 24 }, (_, pages) => pages))('%i more pages', async (pages) => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-full-'));
    const path = join(folder, 'store.db');
    const dialect = await openSqlite({ path, durability: 'process', host: machineHost, retryMaxMs: 200 });
    const store = new SqlStore({ dialect, host: machineHost, retryMaxMs: 200 });
    const limitPages = async (more: number) => {
      await dialect.begin();
      const count = (await dialect.writer.all('PRAGMA page_count'))[0]?.['page_count'] as number;
      await dialect.writer.all(`PRAGMA max_page_count = ${count + more}`);
      await dialect.rollback();
    };
    const run = flowRun();
    await store.putFlowRun(run);
    await limitPages(pages);
    const { acknowledged, refused, error } = await putUntilRefused(store, 3_000);
    expect(error).toMatchObject({ code: 'StoreFull', message: expect.stringContaining('full') });
    const body = store.write(async ({ taskRuns }) => {
      await taskRuns.put([taskRun({ id: `body-${pages}`, outcome: 'x'.repeat(200_000) })]);
    });
    await expect(body).rejects.toMatchObject({ code: 'StoreFull' });
    expect(await storedIds(store)).toEqual(new Set(acknowledged));
    expect(acknowledged).not.toContain(refused);
    await limitPages(1_000_000);
    const late = taskRun();
    await store.putTaskRun(late, { flowRunId: run.id, token: 1 });
    expect(await storedIds(store)).toEqual(new Set([...acknowledged, late.id]));
    await store.close();
    expect(integrityOf(path)).toBe('ok');
    rmSync(folder, { recursive: true });
  });
});

describe.skipIf(noSmallDisk !== undefined)('a disk that is full', () => {
  test('refuses rows, bodies and large values, reads go on, and space brings everything back', async () => {
    using disk = SmallDisk.mount('8m')!;
    const store = await openStore({ url: join(disk.folder, 'store.db') });
    const run = flowRun();
    await store.putFlowRun(run);
    const kept = await store.blobs.offload(large, { runId: 'kept' });
    disk.fill();
    const { acknowledged, error } = await putUntilRefused(store, 20_000);
    expect(error).toMatchObject({ code: 'StoreFull', message: expect.stringContaining(disk.folder) });
    await expect(store.blobs.offload(large, { runId: 'r' })).rejects.toMatchObject({ code: 'StoreFull' });
    expect(await storedIds(store)).toEqual(new Set(acknowledged));
    expect(await store.blobs.fetch(kept, { runId: 'kept' })).toBe(large);
    disk.free();
    const late = taskRun({ outcome: 'x'.repeat(20_000) });
    await store.putTaskRun(late, { flowRunId: run.id, token: 1 });
    expect(await store.blobs.fetch(await store.blobs.offload(large, { runId: 'r' }), { runId: 'r' })).toBe(large);
    expect(await storedIds(store)).toEqual(new Set([...acknowledged, late.id]));
    await store.close();
    expect(integrityOf(join(disk.folder, 'store.db'))).toBe('ok');
  });

  test('leaves nothing half-written of a large value', async () => {
    using disk = SmallDisk.mount('4m')!;
    const store = await openStore({ url: join(disk.folder, 'store.db') });
    await store.blobs.offload(large, { runId: 'first' });
    disk.fill();
    await expect(store.blobs.offload(large, { runId: 'second' })).rejects.toMatchObject({ code: 'StoreFull' });
    const blobs = join(disk.folder, 'blobs');
    const files = readdirSync(blobs).flatMap((shard) => readdirSync(join(blobs, shard)));
    expect(files).toHaveLength(1);
    await store.close();
  });

  test('at the first start is told in a line, and the start succeeds when there is space', async () => {
    using disk = SmallDisk.mount('2m')!;
    disk.fill();
    const url = join(disk.folder, 'store.db');
    await expect(openStore({ url })).rejects.toMatchObject({ code: 'StoreFull' });
    disk.free();
    const store = await openStore({ url });
    await store.putTaskRun(taskRun(), null);
    await store.close();
  });

  test('at a later start: what was stored can be read', async () => {
    using disk = SmallDisk.mount('2m')!;
    const url = join(disk.folder, 'store.db');
    const first = await openStore({ url });
    const task = taskRun();
    await first.putTaskRun(task, null);
    await first.close();
    disk.fill();
    const again = await openStore({ url }).catch((error: unknown) => error as Error);
    if (again instanceof Error) {
      expect(again).toMatchObject({ code: 'StoreFull' });
    } else {
      expect(await storedIds(again)).toEqual(new Set([task.id]));
      await again.close();
    }
    disk.free();
    const third = await openStore({ url });
    expect(await storedIds(third)).toEqual(new Set([task.id]));
    await third.close();
  });

  test('under a backup leaves no backup, and the database as it was', async () => {
    using disk = SmallDisk.mount('1m')!;
    const folder = mkdtempSync(join(tmpdir(), 'millrace-full-'));
    const store = await openStore({ url: join(folder, 'store.db'), durability: 'process' });
    for (let index = 0; index < 100; index += 1) void store.putTaskRun(taskRun({ outcome: 'x'.repeat(20_000) }), null);
    await store.flush();
    await expect(backupStore(store, { folder: join(disk.folder, 'copy') })).rejects.toMatchObject({
      code: 'StoreFull',
    });
    expect(readdirSync(disk.folder)).toEqual([]);
    await store.putTaskRun(taskRun(), null);
    await store.close();
    rmSync(folder, { recursive: true });
  });
});

describe.skipIf(noSmallDisk !== undefined)('F29: a disk that can only be read', () => {
  test('refuses to start, in one line, with a file and without one', async () => {
    using disk = SmallDisk.mount('4m')!;
    const url = join(disk.folder, 'store.db');
    await (await openStore({ url })).close();
    disk.remount('ro');
    for (const path of [url, join(disk.folder, 'new.db'), join(disk.folder, 'deep', 'new.db')]) {
      const error = await openStore({ url: path }).catch((thrown: unknown) => thrown as Error);
      expect(error).toMatchObject({ code: 'StoreReadOnly' });
      expect((error as Error).message).not.toContain('\n');
      expect((error as Error).message).toContain(path);
    }
    disk.remount('rw');
    await (await openStore({ url })).close();
  });
});
