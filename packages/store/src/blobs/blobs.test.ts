/** Large values by reference (F47): fetched as they were recorded, or a typed error naming run and key. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { flowRun, taskRun } from '../conformance/harness.ts';
import { type BlobStorage, directoryStorage, isBlobReference, openStore, type Store } from '../index.ts';
import { formatReference, parseReference } from '../rows/blob-reference.ts';

const postgresUrl = inject('postgresUrl');
const large = JSON.stringify('0123456789 \u00fc\u{1F600}'.repeat(20_000));
const owner = { runId: '0192-run' };
const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function openFile(options: { readonly blobs?: BlobStorage } = {}): Promise<{ store: Store; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-blobs-'));
  cleanUps.push(() => rmSync(folder, { recursive: true }));
  const store = await openStore({ url: join(folder, 'store.db'), durability: 'process', ...options });
  cleanUps.push(() => store.close());
  return { store, folder };
}

function blobFiles(folder: string): string[] {
  const root = join(folder, 'blobs');
  return readdirSync(root).flatMap((shard) => readdirSync(join(root, shard)).map((file) => join(root, shard, file)));
}

async function openSchema(): Promise<{ store: Store; ask: (sql: string) => Promise<pg.QueryResult> }> {
  const schema = `millrace_blobs_${process.pid}_${cleanUps.length}`;
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  cleanUps.push(() => client.end());
  cleanUps.push(async () => void (await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)));
  const url = new URL(postgresUrl);
  url.searchParams.set('schema', schema);
  const store = await openStore({ url: url.href, durability: 'process' });
  cleanUps.push(() => store.close());
  await client.query(`SET search_path TO ${schema}`);
  return { store, ask: (sql) => client.query(sql) };
}

describe("a storage of one's own", () => {
  test('needs no name beside the default one', async () => {
    const remote = mkdtempSync(join(tmpdir(), 'millrace-own-blobs-'));
    cleanUps.push(() => rmSync(remote, { recursive: true }));
    const { store } = await openFile({ blobs: directoryStorage({ folder: remote }) });
    const reference = await store.blobs.offload(large, owner);
    expect(await store.blobs.fetch(reference, owner)).toBe(large);
    expect(readdirSync(remote)).toHaveLength(1);
  });

  test('is refused under the name of the default one, as a reference could mean either', async () => {
    const blobs = directoryStorage({ folder: join(tmpdir(), 'never-made'), name: 'directory' });
    const refused = openFile({ blobs });
    await expect(refused).rejects.toMatchObject({ code: 'ConfigurationError' });
    await expect(refused).rejects.toThrow(/'directory'.*another name/);
  });
});

describe('a reference', () => {
  test('is what it was made from', () => {
    const reference = { storage: 'directory', key: 'db.run.1', bytes: 7, sha256: 'a'.repeat(64) };
    expect(parseReference(formatReference(reference))).toEqual(reference);
    expect(isBlobReference(formatReference(reference))).toBe(true);
  });

  test.each(['{"a":1}', '"blob:"', 'null', 'storage:results/a.json'])('%s is none', (text) => {
    expect(isBlobReference(text)).toBe(false);
  });

  test.each(['blob:', 'blob:a:b', `blob:a:../b:1:${'a'.repeat(64)}`, `blob:A:b:1:${'a'.repeat(64)}`])(
    '%s is a broken one',
    (text) => {
      expect(parseReference(text)).toBeUndefined();
    },
  );
});

describe.each(['sqlite', ...(postgresUrl === '' ? [] : ['postgres'])])('large values on %s', (dialect) => {
  const open = async () => (dialect === 'sqlite' ? (await openFile()).store : (await openSchema()).store);

  test('up to the limit a value is its own text, above it a reference that leads to the same text', async () => {
    const store = await open();
    const small = 'x'.repeat(65_536);
    expect(await store.blobs.offload(small, owner)).toBe(small);
    const reference = await store.blobs.offload(large, owner);
    expect(reference.length).toBeLessThan(300);
    expect(reference).toContain(owner.runId);
    expect(await store.blobs.fetch(reference, owner)).toBe(large);
    expect(await store.blobs.fetch(small, owner)).toBe(small);
  });

  test('a run keeps the reference, and another process finds the value', async () => {
    const store = await open();
    const run = flowRun();
    const task = taskRun({ flowRunId: run.id });
    await store.putFlowRun(run);
    task.outcome = await store.blobs.offload(large, { runId: task.id });
    await store.putTaskRun(task, { flowRunId: run.id, token: 1 });
    const stored = await store.read(({ taskRuns }) => taskRuns.outcomes([task.id]));
    const text = stored.get(task.id) ?? '';
    expect(isBlobReference(text)).toBe(true);
    expect(await store.blobs.fetch(text, { runId: task.id })).toBe(large);
    const prefix = text.slice(0, text.indexOf(':', text.indexOf(':', 5) + 1) + 1);
    expect(await store.read(({ maintenance }) => maintenance.unreferenced([prefix, 'blob:directory:none:']))).toEqual([
      'blob:directory:none:',
    ]);
  });

  test('what is removed is missing, and says whose and where', async () => {
    const store = await open();
    const reference = await store.blobs.offload(large, owner);
    expect(await store.blobs.remove(reference)).toBe(true);
    expect(await store.blobs.remove(reference)).toBe(true);
    const { key } = parseReference(reference)!;
    await expect(store.blobs.fetch(reference, owner)).rejects.toMatchObject({
      code: 'BlobMissing',
      details: { runId: owner.runId, key },
      message: expect.stringContaining(owner.runId),
    });
  });

  test('all that is stored can be listed', async () => {
    const store = await open();
    const references = await Promise.all(Array.from({ length: 5 }, () => store.blobs.offload(large, owner)));
    const found: string[] = [];
    for await (const { referencePrefix } of store.blobs.stored()) found.push(referencePrefix);
    expect(found).toHaveLength(5);
    for (const reference of references) expect(found.some((prefix) => reference.startsWith(prefix))).toBe(true);
  });

  test('a value of many megabytes comes back whole', async () => {
    const store = await open();
    const huge = `"${'abcdefghi\u00fc'.repeat(500_000)}"`;
    const reference = await store.blobs.offload(huge, owner);
    expect((await store.blobs.fetch(reference, owner)) === huge).toBe(true);
  });
});

describe('a value that is not what was written', () => {
  test('in a folder: changed, cut, and gone', async () => {
    const { store, folder } = await openFile();
    const reference = await store.blobs.offload(large, owner);
    const [path] = blobFiles(folder);
    const before = readFileSync(path!, 'utf8');
    writeFileSync(path!, before.replace('0123', '9123'));
    const damaged = { code: 'BlobDamaged', details: { runId: owner.runId, storage: 'directory' } };
    await expect(store.blobs.fetch(reference, owner)).rejects.toMatchObject(damaged);
    writeFileSync(path!, before.slice(0, -1));
    await expect(store.blobs.fetch(reference, owner)).rejects.toMatchObject(damaged);
    writeFileSync(path!, before);
    expect(await store.blobs.fetch(reference, owner)).toBe(large);
    rmSync(path!);
    await expect(store.blobs.fetch(reference, owner)).rejects.toMatchObject({ code: 'BlobMissing' });
  });

  test.skipIf(postgresUrl === '')('in a table: changed, a chunk lost, and gone', async () => {
    const { store, ask } = await openSchema();
    const huge = `"${'abcdefghij'.repeat(250_000)}"`;
    const reference = await store.blobs.offload(huge, owner);
    await ask('UPDATE blob_chunk SET data = set_byte(data, 3, 0) WHERE place = 1');
    await expect(store.blobs.fetch(reference, owner)).rejects.toMatchObject({ code: 'BlobDamaged' });
    await ask('DELETE FROM blob_chunk WHERE place = 1');
    await expect(store.blobs.fetch(reference, owner)).rejects.toMatchObject({ code: 'BlobDamaged' });
    await ask('DELETE FROM blob_chunk');
    await expect(store.blobs.fetch(reference, owner)).rejects.toMatchObject({ code: 'BlobMissing' });
  });

  test('a reference that was changed in its row', async () => {
    const { store } = await openFile();
    await expect(store.blobs.fetch('blob:directory:../../x:1:2', owner)).rejects.toMatchObject({ code: 'BlobDamaged' });
  });
});

describe('storages', () => {
  test('a storage of the user takes new values, and the old ones stay readable', async () => {
    const { store, folder } = await openFile();
    const old = await store.blobs.offload(large, owner);
    const shared = directoryStorage({ folder: join(folder, 'shared'), name: 'shared', synced: false });
    const second = await openStore({ url: store.location, durability: 'process', blobs: shared });
    const fresh = await second.blobs.offload(large, owner);
    expect(parseReference(fresh)?.storage).toBe('shared');
    expect(await second.blobs.fetch(old, owner)).toBe(large);
    await expect(store.blobs.fetch(fresh, owner)).rejects.toMatchObject({ code: 'BlobUnavailable' });
    expect(await store.blobs.remove(fresh)).toBe(false);
    await second.close();
  });

  test("two databases in one folder never list each other's values", async () => {
    const { store, folder } = await openFile();
    const other = await openStore({ url: join(folder, 'other.db'), durability: 'process' });
    await store.blobs.offload(large, owner);
    const found: unknown[] = [];
    for await (const entry of other.blobs.stored()) found.push(entry);
    expect(found).toEqual([]);
    await other.close();
  });

  test('a storage that fails is told with run and key, and the value is not lost with it', async () => {
    const broken: BlobStorage = {
      name: 'broken',
      put: () => Promise.reject(new Error('bucket is gone')),
      get: () => Promise.reject(new Error('bucket is gone')),
      delete: () => Promise.reject(new Error('bucket is gone')),
    };
    const { store } = await openFile({ blobs: broken });
    await expect(store.blobs.offload(large, owner)).rejects.toMatchObject({
      code: 'BlobUnavailable',
      details: { runId: owner.runId, storage: 'broken', doing: 'written' },
      message: expect.stringContaining('bucket is gone'),
    });
  });

  test('in memory every value stays in its row', async () => {
    const store = await openStore({ url: ':memory:' });
    expect(await store.blobs.offload(large, owner)).toBe(large);
    await store.close();
  });

  test.skipIf(postgresUrl === '')('a table outlives the loss of its connections', async () => {
    const { store, ask } = await openSchema();
    const reference = await store.blobs.offload(large, owner);
    const [{ current_schema: schema }] = (await ask('SELECT current_schema()')).rows;
    await ask(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'millrace blobs ${schema}%'`,
    );
    expect(await store.blobs.fetch(reference, owner)).toBe(large);
    expect(await store.blobs.fetch(await store.blobs.offload(large, owner), owner)).toBe(large);
  });
});
