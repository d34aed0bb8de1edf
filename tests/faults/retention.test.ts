/**
 * F51 with real processes: serving processes delete what is old. Values that no row refers to go when they are due, those
 * of deleted runs an hour later, and one that a process has written and not yet committed stays.
 */
import { join } from 'node:path';
import { completed, createIdSource, type FlowRunRecord } from '@millrace/kernel';
import type { Store } from '@millrace/store';
import { expect } from 'vitest';
import type { Sandbox } from '../processes/sandbox.ts';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const served = join(import.meta.dirname, 'programs/served.ts');
const hourMs = 3_600_000;
const large = JSON.stringify('large '.repeat(20_000));
const randomBytes = (count: number) => crypto.getRandomValues(new Uint8Array(count));

/** A run that completed two hours ago with this outcome. */
async function putOldRun(store: Store, outcome: string): Promise<string> {
  const at = (await store.read((transaction) => transaction.now())) - 2 * hourMs;
  const id = createIdSource({ now: () => at, randomBytes })();
  const run: FlowRunRecord = {
    ...{ kind: 'flow', driver: 'engine', deploymentId: null, workQueueId: null, details: null, lastSeenAt: null },
    ...{ id, name: 'old', flowName: 'many', flowVersion: null, rootFlowRunId: id, parameters: '{}', outcome },
    ...{ parentFlowRunId: null, parentTaskRunId: null, replayKey: null, idempotencyKey: null, rerunOf: null },
    ...{ state: completed(at), history: [], runCount: 1, crashCount: 0, tags: [], waiting: null, wakeAt: null },
    ...{ createdAt: at, expectedStartAt: at, nextStartAt: null, startAt: at, endAt: at, runTimeMs: 0, divergence: [] },
    policy: { retries: 0, retryDelaysMs: [], retryJitter: null, crashRetries: 0 },
    ...{ sessionId: null, token: 1, revision: '' },
  };
  await store.putFlowRun(run);
  return id;
}

function isThere(store: Store, reference: string): Promise<boolean> {
  return store.blobs.fetch(reference, { runId: 'test' }).then(
    () => true,
    () => false,
  );
}

async function exercise(sandbox: Sandbox, retention: string): Promise<{ readonly isRunLeft: boolean }> {
  return await sandbox.reading(async (store) => {
    const write = () => store.blobs.offload(large, { runId: 'test' });
    const [leftOver, uncommitted, ofRun] = [await write(), await write(), await write()];
    const runId = await putOldRun(store, ofRun);
    const noted = `${leftOver.split(':').slice(0, 3).join(':')}:`;
    await store.write(({ maintenance }) => maintenance.noteBlobs([noted], 0));
    const env = { MILLRACE_RETENTION: retention, LEASE_MS: '2000', MILLRACE_LOG_LEVEL: 'critical' };
    await using server = new Program(sandbox, served, { arguments: ['serve'], env });
    await expect.poll(() => isThere(store, leftOver), { timeout: 30_000, interval: 50 }).toBe(false);
    expect([await isThere(store, uncommitted), await isThere(store, ofRun)]).toEqual([true, true]);
    expect(server.hasEnded).toBe(false);
    return { isRunLeft: (await store.read(({ flowRuns }) => flowRuns.get(runId))) !== undefined };
  });
}

onEachStore('a process that serves deletes what is old, and no value that may still be committed', async (sandbox) => {
  expect(await exercise(sandbox, '1h')).toEqual({ isRunLeft: false });
});

onEachStore('where runs are kept for ever, values that nobody has are deleted all the same', async (sandbox) => {
  expect(await exercise(sandbox, 'off')).toEqual({ isRunLeft: true });
});
