/** Many processes on one file: none fails, nothing is lost, and a process that is killed leaves the file whole. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from './index.ts';

describe('processes on one SQLite file', () => {
  let folder: string;
  let url: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-processes-'));
    url = join(folder, 'store.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const start = (name: string, count: number) =>
    fork(new URL('./conformance/writing-process.ts', import.meta.url), [url, name, `${count}`], {
      execArgv: ['--conditions=millrace-source', '--no-warnings'],
    });

  test('four that start first at once write everything they say', async () => {
    const children = ['a', 'b', 'c', 'd'].map((name) => start(name, 60));
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number));
    expect(codes).toEqual([0, 0, 0, 0]);
    const store = await openStore({ url });
    const counts = await store.read((transaction) => transaction.taskRuns.counts({}));
    expect(counts[0]?.count).toBe(240);
    expect((await store.read((transaction) => transaction.variables.get('count')))?.value).toBe('240');
    await store.close();
  });

  test('after kill -9 in the middle the file opens, whole', async () => {
    const store = await openStore({ url });
    const received = Promise.withResolvers<void>();
    const child = start('a', 100_000);
    const watch = store.watch(() => received.resolve());
    await received.promise;
    watch.close();
    child.kill('SIGKILL');
    await once(child, 'exit');
    await store.close();
    const again = await openStore({ url });
    const written = (await again.read((transaction) => transaction.taskRuns.counts({})))[0]?.count ?? 0;
    const counted = Number((await again.read((transaction) => transaction.variables.get('count')))?.value ?? 0);
    expect(written).toBeGreaterThan(0);
    expect(written - counted).toBeLessThanOrEqual(1);
    await again.close();
  });
});
