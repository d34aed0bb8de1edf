/** Retention beside real runs: after every single step the database holds to every rule, and what runs is never touched. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withRuntime } from '@millrace/engine/internal';
import { verifyStore } from '@millrace/ledger/verify';
import { openEngine } from '@millrace/local';
import { openStore, pruneStore } from '@millrace/store';
import { flow, logger, task } from 'millrace';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-retention-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('old runs go step by step, each step leaves a sound database, and a run that goes on completes', async () => {
  const databaseUrl = join(folder, 'store.db');
  const engine = openEngine({ settings: { databaseUrl, durability: 'process' }, engine: { print: () => {} } });
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const fetch = task('fetch', (n: number) => {
    logger().info(`fetching ${n}`);
    return 'x'.repeat(n);
  });
  const child = flow('child', async (n: number) => (await fetch.map([n, n + 1]).result()).length);
  const etl = flow('etl', async (n: number) => (await fetch(n)).length + (await child(n)));
  const waiting = flow('waiting', async () => {
    await fetch(70_000);
    reached.resolve();
    await gate.promise;
    return (await fetch(5)).length;
  });

  const unfinished = withRuntime(engine, () => waiting());
  await reached.promise;
  for (let run = 0; run < 3; run += 1) await withRuntime(engine, () => etl(70_000 + run));

  const store = await openStore({ url: databaseUrl, durability: 'process' });
  const dayMs = 24 * 3_600_000;
  const now = (await store.read((transaction) => transaction.now())) + 3 * dayMs;
  const write = store.write.bind(store);
  const findings: unknown[] = [];
  let steps = 0;
  store.write = async (body) => {
    const answer = await write(body);
    steps += 1;
    findings.push(...(await verifyStore(store)));
    return answer;
  };
  const counts = await pruneStore(store, { olderThanMs: dayMs, limit: 100, now, rowsMax: 2, blobGraceMs: -4 * dayMs });
  expect(findings).toEqual([]);
  expect(steps).toBeGreaterThan(20);
  expect(counts).toMatchObject({ flowRuns: 6, taskRuns: 9, logs: 9, blobs: 9, complete: true });

  gate.resolve();
  expect(await unfinished).toBe(5);
  const left = await store.read(({ flowRuns }) => flowRuns.list({}));
  expect(left.map(({ flowName, state }) => `${flowName} ${state.type}`)).toEqual(['waiting COMPLETED']);
  const blobs = join(folder, 'blobs');
  expect(readdirSync(blobs).flatMap((shard) => readdirSync(join(blobs, shard)))).toHaveLength(1);
  await engine.close();
  await store.close();
});
