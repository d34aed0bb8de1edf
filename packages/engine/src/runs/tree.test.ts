/** The activity of a tree: when it is idle, when it waits long, and when that leads to its eviction. In manual time. */
import { describe, expect, it, vi } from 'vitest';
import { defineFlow } from '../definitions/definition.ts';
import { waitDefinition } from '../definitions/wait-definition.ts';
import { Engine } from '../engine/engine.ts';
import type { Run } from './model.ts';
import { createRun } from './run.ts';

const PARK_AFTER_MS = 1_000;

/** A tree of a flow run and one recorded wait below it, in an engine whose time moves only by `advance`. */
function treeOf({ idleTreesMax = 0, timeout }: { readonly idleTreesMax?: number; readonly timeout?: number } = {}) {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  const engine = new Engine({
    clock: {
      now: () => now,
      setTimer: (delayMs, callback) => {
        const timer = { at: now + delayMs, callback };
        timers.add(timer);
        return { cancel: () => void timers.delete(timer) };
      },
    },
    random: () => 0.5,
    ids: () => 'id',
    digest: (text) => text,
    print: () => {},
    openLedger: () => new Promise(() => {}),
    parkAfterMs: PARK_AFTER_MS,
    idleTreesMax,
  });
  const evicted = vi.spyOn(engine, 'park').mockImplementation(() => {});
  const definition = defineFlow(
    { name: 'outer', ...(timeout === undefined ? {} : { timeout }) },
    { body: () => {}, location: null },
  );
  const root = createRun(engine, definition, { caller: null, args: [] });
  const { tree } = root;
  const wait: Run = createRun(engine, waitDefinition('sleep'), { caller: null, args: [] });
  tree.unsettled = 1;
  const advance = (ms: number): void => {
    now += ms;
    for (const timer of [...timers]) if (timer.at <= now && timers.delete(timer)) timer.callback();
  };
  const sleepUntil = (wakeAt: number | null): void => {
    tree.waits.set(wait, wakeAt);
    root.enterIdle();
  };
  return { root, tree, wait, advance, sleepUntil, evictions: () => evicted.mock.calls.length };
}

describe('a tree', () => {
  it('is idle while every run of it waits and a recorded wait is open', () => {
    const { root, tree, sleepUntil } = treeOf();
    sleepUntil(null);
    expect(tree.waitsLong).toBe(true);
    root.leaveIdle();
    expect(tree.waitsLong).toBe(false);
  });

  it.each([
    [null, true],
    [PARK_AFTER_MS + 1, true],
    [PARK_AFTER_MS, false],
  ])('that is due at %s waits long: %s', (wakeAt, isLong) => {
    const { tree, sleepUntil } = treeOf();
    sleepUntil(wakeAt);
    expect(tree.waitsLong).toBe(isLong);
  });

  it('is due with the first of its waits', () => {
    const { root, tree, sleepUntil } = treeOf();
    sleepUntil(9_000);
    tree.waits.set(root, 5_000);
    expect(tree.wakeAt).toBe(5_000);
  });

  it('is evicted after it has been idle for a while, and not when it went on before', () => {
    const { root, advance, sleepUntil, evictions } = treeOf();
    sleepUntil(null);
    advance(50);
    root.leaveIdle();
    advance(100);
    expect(evictions()).toBe(0);
    root.enterIdle();
    advance(100);
    expect(evictions()).toBe(1);
  });

  it.each([
    ['there is room for it', { idleTreesMax: 1 }],
    ['a replay would restart its timeout', { timeout: 60_000 }],
  ])('stays in memory while %s', (_, options) => {
    const { advance, sleepUntil, evictions } = treeOf(options);
    sleepUntil(null);
    advance(1_000);
    expect(evictions()).toBe(0);
  });

  it('is not evicted while a body of it holds a slot', () => {
    const { tree, advance, sleepUntil, evictions } = treeOf();
    tree.held = 1;
    sleepUntil(null);
    advance(1_000);
    expect([tree.waitsLong, evictions()]).toEqual([false, 0]);
  });
});
