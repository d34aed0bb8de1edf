/** Retention as a service: it deletes old runs at its start and once a period, in passes, and a stop is between two steps. */
import { completed, type FlowRunRecord } from '@millrace/kernel';
import { openStore, type PruneCounts, type Store } from '@millrace/store';
import { describe, expect, it, onTestFinished } from 'vitest';
import { flowInit } from '../conformance/harness.ts';
import { ManualClock } from '../conformance/manual-clock.ts';
import { freshFlowRun } from '../state/fresh-records.ts';
import { type RetentionOptions, startRetention } from './retention.ts';

const hourMs = 3_600_000;

async function setting() {
  const clock = new ManualClock();
  const setTimer = (ms: number, callback: () => void) => {
    const timer = setTimeout(callback, ms);
    return { cancel: () => clearTimeout(timer) };
  };
  const store = await openStore({ url: ':memory:', host: { clock: { now: clock.now, setTimer } } });
  let count = 0;
  const oldRun = async (): Promise<string> => {
    count += 1;
    const id = `01920000-0000-7000-8000-${count.toString(16).padStart(12, '0')}`;
    const endAt = clock.now() - 10 * hourMs;
    const run: FlowRunRecord = { ...freshFlowRun(flowInit(id), endAt, null), state: completed(endAt), endAt };
    await store.putFlowRun(run);
    return id;
  };
  const start = (options: Partial<RetentionOptions> = {}) => {
    const given = { store, clock, random: () => 0.5, holderId: 'a', olderThanMs: hourMs, ...options };
    const service = startRetention(given);
    onTestFinished(() => service.stop());
    return service;
  };
  onTestFinished(() => store.close());
  return { clock, store, oldRun, start };
}

const runsIn = async (store: Store) => (await store.read(({ flowRuns }) => flowRuns.list({}))).length;

describe('the retention service', () => {
  it('deletes what is old at its start, then again each period', async () => {
    const { clock, store, oldRun, start } = await setting();
    const pruned: PruneCounts[] = [];
    await oldRun();
    const service = start({ onPruned: (counts) => pruned.push(counts) });
    await clock.until(() => service.status().turnCount === 1);
    expect(await runsIn(store)).toBe(0);
    await oldRun();
    clock.advance(hourMs / 2);
    await clock.until(() => service.status().state === 'waiting');
    expect(await runsIn(store)).toBe(1);
    clock.advance(hourMs);
    await clock.until(() => service.status().turnCount === 2);
    expect(await runsIn(store)).toBe(0);
    expect(pruned.map(({ flowRuns }) => flowRuns)).toEqual([1, 1]);
    expect(service.status().counts).toMatchObject({ flowRuns: 2 });
  });

  it('ends between two steps when it is stopped, and another process goes on at once', async () => {
    const { clock, store, oldRun, start } = await setting();
    for (let index = 0; index < 20; index += 1) await oldRun();
    const service = start();
    await clock.until(async () => (await runsIn(store)) < 20);
    await service.stop();
    expect(clock.waiting).toBe(0);
    expect(await runsIn(store)).toBeGreaterThan(0);
    const other = start({ holderId: 'b' });
    await clock.until(() => other.status().turnCount === 1);
    expect(await runsIn(store)).toBe(0);
  });
});
