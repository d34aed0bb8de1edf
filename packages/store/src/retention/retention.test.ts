/** Retention as a service: one process at a time, once a period over all of them, and gone when it is stopped. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { epoch, flowRun, state } from '../conformance/harness.ts';
import {
  machineHost,
  openStore,
  type PruneCounts,
  type RetentionOptions,
  startRetention,
  type Store,
} from '../index.ts';

const hourMs = 3_600_000;

/** Time that moves only when it is told to; what is due runs then. */
class ManualClock {
  #now = epoch;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  now = () => this.#now;

  setTimer = (delayMs: number, callback: () => void) => {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  };

  get waiting(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers]) {
      if (timer.at > this.#now) continue;
      this.#timers.delete(timer);
      timer.callback();
    }
  }
}

describe('the retention service', () => {
  let folder: string;
  let store: Store;
  let clock: ManualClock;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-retention-'));
    clock = new ManualClock();
    const host = { clock: { now: clock.now, setTimer: machineHost.clock.setTimer } };
    store = await openStore({ url: join(folder, 'store.db'), durability: 'process', host });
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const oldRun = async () => {
    const run = flowRun({ state: state('COMPLETED', epoch - 10 * hourMs), endAt: epoch - 10 * hourMs });
    await store.putFlowRun(run);
    return run.id;
  };
  const there = (id: string) => store.read(async ({ flowRuns }) => (await flowRuns.get(id)) !== undefined);
  const settled = async (condition: () => Promise<boolean> | boolean) => {
    while (!(await condition())) {
      clock.advance(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const start = (options: Partial<RetentionOptions> = {}) =>
    startRetention({ store, clock, random: () => 0.5, holderId: 'a', olderThanMs: hourMs, ...options });

  test('deletes at the start, then again each period', async () => {
    const told: PruneCounts[] = [];
    const first = await oldRun();
    const service = start({ onPruned: (counts) => told.push(counts) });
    await settled(() => told.length === 1 && clock.waiting === 1);
    expect(await there(first)).toBe(false);
    const second = await oldRun();
    clock.advance(hourMs / 2);
    await settled(() => clock.waiting === 1);
    expect(await there(second)).toBe(true);
    clock.advance(hourMs);
    await settled(() => told.length === 2);
    expect(await there(second)).toBe(false);
    await service.stop();
    expect(told.map(({ flowRuns }) => flowRuns)).toEqual([1, 1]);
  });

  test('of two processes one does it, and the other takes over when that one is gone', async () => {
    const dead = await store.write(({ turns }) =>
      turns.take({ name: 'retention', holderId: 'dead', ttlMs: 300_000, everyMs: hourMs }),
    );
    expect(dead).toBe(1);
    const run = await oldRun();
    const service = start({ holderId: 'b' });
    await settled(() => clock.waiting === 1);
    expect(await there(run)).toBe(true);
    clock.advance(hourMs / 6);
    await settled(async () => !(await there(run)));
    await service.stop();
    expect(await store.write(({ turns }) => turns.extend({ name: 'retention', token: 1, ttlMs: 1 }))).toBe(false);
  });

  test('stopping ends it between two steps, leaves no timer, and lets another go on at once', async () => {
    for (let index = 0; index < 20; index += 1) await oldRun();
    const service = start();
    await settled(async () => (await store.read(({ flowRuns }) => flowRuns.list({}))).length < 20);
    await service.stop();
    await service.stop();
    expect(clock.waiting).toBe(0);
    const left = (await store.read(({ flowRuns }) => flowRuns.list({}))).length;
    expect(left).toBeGreaterThan(0);
    const other = start({ holderId: 'b' });
    await settled(async () => (await store.read(({ flowRuns }) => flowRuns.list({}))).length === 0);
    await other.stop();
  });

  test('a pass that fails is told and tried again', async () => {
    const run = await oldRun();
    const errors: unknown[] = [];
    const read = store.read.bind(store);
    store.read = () => Promise.reject(new Error('no disk'));
    const service = start({ onError: (error) => errors.push(error) });
    await settled(() => errors.length === 1 && clock.waiting === 1);
    store.read = read;
    clock.advance(hourMs / 4);
    await settled(async () => !(await there(run)));
    await service.stop();
    expect(errors).toHaveLength(1);
  });
});
