/** A SQLite file that is deleted, moved or replaced while a store has it open: writes fail with a sentence, and none is acknowledged. */
import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { flowRun, state } from '../conformance/harness.ts';
import { machineHost, openStore } from '../index.ts';

function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-moved-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('a database that is not there any more', () => {
  test.each<[string, (path: string) => void]>([
    ['its file deleted', (path) => rmSync(path)],
    ['its file moved', (path) => renameSync(path, `${path}-elsewhere`)],
    [
      'another file in its place',
      (path) => {
        copyFileSync(path, `${path}-other`);
        renameSync(`${path}-other`, path);
      },
    ],
    ['its folder removed', (path) => rmSync(join(path, '..'), { recursive: true })],
    ['its log removed', (path) => rmSync(`${path}-wal`)],
    ["its log's index removed", (path) => rmSync(`${path}-shm`)],
  ])('%s: the end of a run is refused, and all that comes after', async (_title, happens) => {
    const path = join(ownFolder(), 'place', 'millrace.db');
    const store = await openStore({ url: path });
    const run = flowRun();
    await store.putFlowRun(run);
    happens(path);
    run.state = state('COMPLETED');
    const gone = { code: 'StoreUnavailable', details: { problem: 'gone' }, message: expect.stringContaining(path) };
    await expect(store.putFlowRun(run)).rejects.toMatchObject(gone);
    await expect(store.write(async () => 1)).rejects.toMatchObject(gone);
    await store.close();
  });

  test('a commit that ends no run notices it within about a second', async () => {
    let now = Date.now();
    const path = join(ownFolder(), 'millrace.db');
    const store = await openStore({ url: path, host: { clock: { ...machineHost.clock, now: () => now } } });
    await store.putFlowRun(flowRun());
    rmSync(path);
    await store.putFlowRun(flowRun());
    now += 1_000;
    await expect(store.putFlowRun(flowRun())).rejects.toMatchObject({ details: { problem: 'gone' } });
    await store.close();
  });
});
