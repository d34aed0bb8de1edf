/** The bucket as a storage, over HTTP against a server in this process that speaks the part of S3's API that is used. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BlobStorage, openStore } from '@millrace/store';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BucketServer } from './conformance/bucket-server.ts';
import { s3Storage, type S3StorageOptions } from './index.ts';

let server: BucketServer;
let storage: BlobStorage;
const make = (options: Partial<S3StorageOptions> = {}) =>
  s3Storage({
    bucket: server.bucket,
    region: 'eu-central-1',
    endpoint: server.endpoint,
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    ...options,
  });

beforeEach(async () => {
  server = await BucketServer.start();
  storage = make();
});
afterEach(async () => {
  await storage.close?.();
  await server[Symbol.asyncDispose]();
});

async function keys(prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key, storedAt } of storage.list?.(prefix) ?? []) {
    expect(Math.abs(Date.now() - storedAt)).toBeLessThan(60_000);
    found.push(key);
  }
  return found;
}

describe('a bucket', () => {
  test('has what was put, until it is deleted', async () => {
    await storage.put('results/a.json', '{"ü":1}');
    await storage.put('results/b.json', new TextEncoder().encode('bytes'));
    expect(await storage.get('results/a.json')).toBe('{"ü":1}');
    expect(await storage.get('results/b.json')).toBe('bytes');
    await storage.delete('results/a.json');
    await storage.delete('results/a.json');
    expect(await storage.get('results/a.json')).toBeUndefined();
  });

  test('keeps all keys under the prefix, and lists them page by page', async () => {
    storage = make({ prefix: '/millrace/prod/' });
    for (let index = 0; index < 8; index += 1) await storage.put(`db1.run.${index}`, 'x');
    await storage.put('db2.run.0', 'x');
    expect(server.objects.has('millrace/prod/db1.run.0')).toBe(true);
    expect(await keys('db1.')).toEqual(Array.from({ length: 8 }, (_, index) => `db1.run.${index}`));
    expect(server.requests.filter((request) => request.startsWith('GET'))).toHaveLength(3);
    expect(await keys('none')).toEqual([]);
  });

  test('sends nothing before its first use, and can be used again after it was closed', async () => {
    expect(server.requests).toEqual([]);
    await storage.put('a', 'x');
    await storage.close?.();
    await storage.close?.();
    expect(await storage.get('a')).toBe('x');
  });

  test.each(['../a', '/a', 'a//b', 'a b', ''])('refuses key %j without a request', async (key) => {
    await expect(storage.put(key, 'x')).rejects.toThrow(RangeError);
    await expect(storage.get(key)).rejects.toThrow(RangeError);
    await expect(storage.delete(key)).rejects.toThrow(RangeError);
    expect(server.requests).toEqual([]);
  });

  test('refuses a bad name or bucket at once', () => {
    expect(() => make({ bucket: '' })).toThrow(RangeError);
    expect(() => make({ name: 'a:b' })).toThrow(RangeError);
  });
});

describe('a bucket that fails', () => {
  test('is asked again after a 500, a 503 and a reset', async () => {
    server.fail(500, 503, 'reset');
    await storage.put('a', 'x');
    expect(server.requests).toEqual(['PUT a', 'PUT a', 'PUT a', 'PUT a']);
    server.fail(500);
    expect(await storage.get('a')).toBe('x');
  });

  test('is asked again after silence', async () => {
    storage = make({ timeoutMs: 200 });
    server.fail('silence');
    await storage.put('a', 'x');
    expect(server.requests).toEqual(['PUT a', 'PUT a']);
  });

  test('is an error when it goes on, not a missing value', async () => {
    storage = make({ attemptsMax: 2 });
    await storage.put('a', 'x');
    server.fail(500, 500);
    await expect(storage.get('a')).rejects.toThrow('InternalError');
  });

  test('of another name is an error, not a missing value', async () => {
    storage = make({ bucket: 'elsewhere' });
    await expect(storage.get('a')).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});

describe('a store with a bucket', () => {
  test('puts large values there, finds them again, and tells a failure with run and key', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-s3-'));
    const store = await openStore({ url: join(folder, 'store.db'), durability: 'process', blobs: storage });
    const large = JSON.stringify('a large value '.repeat(10_000));
    const reference = await store.blobs.offload(large, { runId: '0192' });
    expect(reference).toMatch(/^blob:s3:[0-9a-f]{12}\.0192\./);
    expect(await store.blobs.fetch(reference, { runId: '0192' })).toBe(large);
    const [key] = server.objects.keys();
    server.objects.set(key!, { body: Buffer.from('tampered'), storedAt: new Date() });
    await expect(store.blobs.fetch(reference, { runId: '0192' })).rejects.toMatchObject({ code: 'BlobDamaged' });
    server.fail(500, 500, 500, 500, 500);
    await expect(store.blobs.offload(large, { runId: '0192' })).rejects.toMatchObject({
      code: 'BlobUnavailable',
      details: { runId: '0192', storage: 's3', doing: 'written' },
    });
    expect(await store.blobs.remove(reference)).toBe(true);
    await expect(store.blobs.fetch(reference, { runId: '0192' })).rejects.toMatchObject({ code: 'BlobMissing' });
    await store.close();
    rmSync(folder, { recursive: true });
  });
});
