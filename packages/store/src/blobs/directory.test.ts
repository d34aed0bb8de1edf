/** A folder of blobs: whole or not there, for its owner only, and nothing outside it. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fc, test as property } from '@fast-check/vitest';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BlobStorage } from '../index.ts';
import { directoryStorage } from './directory.ts';

describe('a folder of blobs', () => {
  let outside: string;
  let folder: string;
  let storage: BlobStorage;
  beforeEach(() => {
    outside = mkdtempSync(join(tmpdir(), 'millrace-blobs-'));
    folder = join(outside, 'deep', 'blobs');
    storage = directoryStorage({ folder, synced: false });
  });
  afterEach(() => rmSync(outside, { recursive: true }));

  const shards = () => readdirSync(folder);
  const files = () =>
    shards().flatMap((shard) => readdirSync(join(folder, shard)).map((file) => join(folder, shard, file)));
  const keys = async (prefix = '') => {
    const found: string[] = [];
    for await (const { key } of storage.list?.(prefix) ?? []) found.push(key);
    return found.sort();
  };

  test('what was put is there, until it is deleted', async () => {
    await storage.put('results/a.json', 'one');
    await storage.put('results/a.json', new TextEncoder().encode('zwei \u00fc'));
    expect(await storage.get('results/a.json')).toBe('zwei \u00fc');
    expect(await storage.get('results/b.json')).toBeUndefined();
    await storage.delete('results/a.json');
    await storage.delete('results/a.json');
    expect(await storage.get('results/a.json')).toBeUndefined();
  });

  test('lists by prefix, with times', async () => {
    await storage.put('db1.run.x', '1');
    await storage.put('db1.other/y', '2');
    await storage.put('db2.run.z', '3');
    expect(await keys('db1.')).toEqual(['db1.other/y', 'db1.run.x']);
    expect(await keys()).toHaveLength(3);
  });

  test('an empty place lists nothing and has nothing', async () => {
    expect(await keys()).toEqual([]);
    expect(await storage.get('a')).toBeUndefined();
    await storage.delete('a');
    expect(existsSync(folder)).toBe(false);
  });

  test('only the owner can read it', async () => {
    await storage.put('a', 'x');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, shards()[0]!)).mode & 0o777).toBe(0o700);
    expect(statSync(files()[0]!).mode & 0o777).toBe(0o600);
  });

  test.each([
    '',
    '.',
    '..',
    '../a',
    'a/../b',
    '/etc/passwd',
    'a//b',
    'a/',
    '.hidden',
    'a/.',
    'a b',
    'a\0',
    'ä',
    'a:b',
    'x'.repeat(201),
    'a\\b',
    '%2e',
  ])('key %j is refused', async (key) => {
    await expect(storage.put(key, 'x')).rejects.toThrow(RangeError);
    await expect(storage.get(key)).rejects.toThrow(RangeError);
    await expect(storage.delete(key)).rejects.toThrow(RangeError);
    expect(existsSync(folder)).toBe(false);
  });

  property.prop([fc.string({ unit: 'binary', maxLength: 30 })], { numRuns: 300 })(
    'no key leaves the folder',
    async (key) => {
      await storage.put('a', 'x');
      await storage.put(key, 'x').catch(() => undefined);
      expect(readdirSync(outside).filter((name) => name !== 'deep')).toEqual([]);
      expect(readdirSync(join(outside, 'deep')).filter((name) => name !== 'blobs')).toEqual([]);
    },
  );

  test('a link to a file outside is not read', async () => {
    await storage.put('a', 'x');
    const [path] = files();
    writeFileSync(join(outside, 'secret'), 'secret');
    rmSync(path!);
    symlinkSync(join(outside, 'secret'), path!);
    await expect(storage.get('a')).rejects.toThrow(/ELOOP/);
    await storage.put('a', 'y');
    expect(await storage.get('a')).toBe('y');
    expect(existsSync(join(outside, 'secret'))).toBe(true);
  });

  test('a sub-folder that is a link is neither read nor written', async () => {
    await storage.put('a', 'x');
    const shard = join(folder, shards()[0]!);
    rmSync(shard, { recursive: true });
    mkdirSync(join(outside, 'elsewhere'));
    symlinkSync(join(outside, 'elsewhere'), shard);
    await expect(storage.put('a', 'x')).rejects.toThrow('is a link');
    await expect(storage.get('a')).rejects.toThrow('is a link');
    await expect(storage.delete('a')).rejects.toThrow('is a link');
    expect(readdirSync(join(outside, 'elsewhere'))).toEqual([]);
    expect(await keys()).toEqual([]);
  });

  test('a half-written value is never seen, and is cleared away a day later', async () => {
    await storage.put('a', 'x');
    const left = join(folder, shards()[0]!, '.writing-left-behind');
    writeFileSync(left, 'hal');
    expect(await keys()).toEqual(['a']);
    expect(existsSync(left)).toBe(true);
    utimesSync(left, 1, 1);
    expect(await keys()).toEqual(['a']);
    expect(existsSync(left)).toBe(false);
  });

  test('a writer that fails leaves nothing behind', async () => {
    await storage.put('a', 'x');
    const [path] = files();
    rmSync(path!);
    mkdirSync(path!);
    await expect(storage.put('a', 'y')).rejects.toThrow();
    expect(readdirSync(join(folder, shards()[0]!))).toHaveLength(1);
  });

  test('a bad name is refused', () => {
    expect(() => directoryStorage({ folder, name: 'a:b' })).toThrow(RangeError);
  });
});
