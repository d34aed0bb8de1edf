/** A cached value that is no longer in its storage is a miss: computed again, once, and stored anew. Of a run it is BlobMissing. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { flow, inputs, resume, task, transaction } from 'millrace';
import { expect, test } from 'vitest';
import { onEachStore } from '../../faults/on-each-store.ts';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

/** A storage in memory; what it has not it gives as `absent`. */
function shelf(absent: undefined | null = undefined) {
  const kept = new Map<string, string>();
  return {
    kept,
    storage: {
      name: 'shelf',
      put: async (key: string, text: string) => void kept.set(key, text),
      get: async (key: string) => kept.get(key) ?? (absent as undefined),
    },
  };
}

for (const absent of [undefined, null]) {
  onEachStore(
    `a storage that gives ${absent}: the task runs again, and the next call finds what it stored`,
    async (sandbox) => {
      await using stored = new MemoryEngine({}, sandbox.url);
      const { kept, storage } = shelf(absent);
      let calls = 0;
      const load = task({ name: 'load', cache: inputs(), storage }, (n: number) => {
        calls += 1;
        return [n, calls];
      });
      const f = flow('f', async () => await load(1));
      expect(await stored.run(() => f())).toEqual([1, 1]);
      kept.clear();
      expect(await stored.run(() => f())).toEqual([1, 2]);
      expect(await stored.run(() => f())).toEqual([1, 2]);
      expect((await stored.taskRuns()).map(({ state }) => state.name)).toEqual(['Completed', 'Completed', 'Cached']);
      expect(await sandbox.verify()).toEqual([]);
    },
  );
}

test('calls side by side that find it gone compute it once', async () => {
  await using memory = new MemoryEngine();
  const { kept, storage } = shelf();
  let calls = 0;
  const load = task({ name: 'load', cache: inputs(), storage }, async (_: number) => {
    calls += 1;
    await turn();
    return calls;
  });
  await memory.run(() => flow('f', async () => await load(1))());
  kept.clear();
  expect(await memory.run(() => flow('g', async () => await load.map([1, 1, 1, 1, 1]))())).toEqual([2, 2, 2, 2, 2]);
  expect(calls).toBe(2);
});

test('in a transaction, too', async () => {
  await using memory = new MemoryEngine();
  const { kept, storage } = shelf();
  let calls = 0;
  const load = task({ name: 'load', cache: inputs(), storage }, (_: number) => {
    calls += 1;
    return calls;
  });
  const f = flow('f', async () => await transaction({}, async () => [await load(1), await load(1)]));
  expect(await memory.run(() => f())).toEqual([1, 1]);
  kept.clear();
  expect(await memory.run(() => f())).toEqual([2, 2]);
  expect(await memory.run(() => f())).toEqual([2, 2]);
});

test('a large value whose file was deleted is a miss', async () => {
  await using sandbox = new (await import('../../processes/sandbox.ts')).Sandbox('sqlite', '');
  await using stored = new MemoryEngine({}, sandbox.url);
  let calls = 0;
  const load = task({ name: 'load', cache: inputs() }, (_: number) => {
    calls += 1;
    return `${calls} ${'x'.repeat(200_000)}`;
  });
  const f = flow('f', async () => (await load(1)).slice(0, 1));
  expect(await stored.run(() => f())).toBe('1');
  rmSync(join(sandbox.folder, 'blobs'), { recursive: true });
  expect(await stored.run(() => f())).toBe('2');
  expect(await stored.run(() => f())).toBe('2');
});

test('the recorded value of a run is BlobMissing, naming the storage and the key', async () => {
  await using memory = new MemoryEngine();
  const { kept, storage } = shelf();
  let isFirst = true;
  const load = task({ name: 'load', storage }, () => 'value');
  const f = flow('f', async () => {
    const value = await load();
    if (isFirst) throw new Error('first');
    return value;
  });
  const error: unknown = await memory.run(async () => {
    const handle = await f.start();
    await handle.result().catch(() => undefined);
    isFirst = false;
    kept.clear();
    return await (await resume(handle.id)).result().catch((thrown: unknown) => thrown);
  });
  const [run] = await memory.taskRuns();
  expect(error).toMatchObject({
    code: 'BlobMissing',
    details: { runId: run?.id, storage: 'shelf', key: `results/${run?.id}.json` },
  });
});
