/** F49: wide and deep. 10,000 mapped tasks and 1,000 levels of flows and tasks end, are recorded whole, and are cancelled whole. */
import type { Engine } from '@millrace/engine';
import { withRuntime } from '@millrace/engine/internal';
import { openEngine } from '@millrace/local';
import { flow, sleep, task } from 'millrace';
import { describe, expect, test } from 'vitest';
import { MemoryEngine } from '../laws/in-memory-engine.ts';
import type { Sandbox } from '../processes/sandbox.ts';
import { onEachStore } from './on-each-store.ts';

const depth = 1_000;

/** The body with an engine on the place's database. */
async function within(sandbox: Sandbox, body: (engine: Engine) => Promise<void>): Promise<void> {
  const engine = openEngine({ settings: { databaseUrl: sandbox.url, logLevel: 20 }, engine: { print: () => {} } });
  await withRuntime(engine, () => body(engine));
  await engine.close();
  expect(await sandbox.verify()).toEqual([]);
}

describe('in a database', () => {
  onEachStore('10,000 mapped tasks', async (sandbox) => {
    const double = task('double', (n: number) => n * 2);
    const wide = flow('wide', async () => (await double.map(Array.from({ length: 10_000 }, (_, n) => n))).length);
    await within(sandbox, async (engine) => {
      expect(await wide()).toBe(10_000);
      expect(await (await engine.ledger()).runs.countTaskRuns({})).toEqual([
        { taskKey: 'double', type: 'COMPLETED', name: 'Completed', count: 10_000 },
      ]);
    });
  });

  onEachStore('1,000 levels of flows', async (sandbox) => {
    const nest = flow('nest', async (n: number): Promise<number> => (n === 0 ? 0 : 1 + (await nest(n - 1))));
    await within(sandbox, async () => expect(await nest(depth)).toBe(depth));
    const { flowRuns } = await sandbox.records();
    expect(flowRuns).toHaveLength(depth + 1);
    expect(new Set(flowRuns.map(({ state }) => state.name))).toEqual(new Set(['Completed']));
  });
});

describe('width', () => {
  test('10,000 mapped tasks', { timeout: 60_000 }, async () => {
    await using memory = new MemoryEngine();
    const double = task('double', (n: number) => n * 2);
    const wide = flow('wide', async () => (await double.map(Array.from({ length: 10_000 }, (_, n) => n))).length);
    expect(await memory.run(() => wide())).toBe(10_000);
    const { runs } = await memory.engine.ledger();
    expect(await runs.countTaskRuns({})).toEqual([
      { taskKey: 'double', type: 'COMPLETED', name: 'Completed', count: 10_000 },
    ]);
  });
});

describe('depth', () => {
  const nest = flow('nest', async (n: number): Promise<number> => (n === 0 ? 0 : 1 + (await nest(n - 1))));
  const dig = task('dig', async (n: number): Promise<number> => (n === 0 ? 0 : 1 + (await dig(n - 1))));

  test('1,000 levels of flows', { timeout: 60_000 }, async () => {
    await using memory = new MemoryEngine();
    expect(await memory.run(() => nest(depth))).toBe(depth);
  });

  test('1,000 levels of tasks', { timeout: 60_000 }, async () => {
    await using memory = new MemoryEngine();
    const outer = flow('outer', async () => await dig(depth));
    expect(await memory.run(() => outer())).toBe(depth);
    const { runs } = await memory.engine.ledger();
    expect((await runs.countTaskRuns({})).map(({ count }) => count)).toEqual([depth + 1]);
  });

  test('1,000 levels that wait are cancelled to the last', { timeout: 60_000 }, async () => {
    await using memory = new MemoryEngine();
    const bottom = Promise.withResolvers<void>();
    const hold = flow('hold', async (n: number): Promise<unknown> => {
      if (n > 0) return await hold(n - 1);
      bottom.resolve();
      return await sleep('1h');
    });
    await memory.run(async () => {
      const handle = await hold.start(depth);
      await bottom.promise;
      await handle.cancel('enough');
      expect((await handle.state()).name).toBe('Cancelled');
    });
    const { runs } = await memory.engine.ledger();
    expect(await runs.flowRuns({ stateTypes: ['RUNNING', 'PENDING', 'CANCELLING'] })).toEqual([]);
  });

  test('a failure 1,000 levels down comes up as the very object', { timeout: 60_000 }, async () => {
    await using memory = new MemoryEngine();
    const thrown = new RangeError('at the bottom');
    const fall = flow('fall', async (n: number): Promise<never> => {
      if (n === 0) throw thrown;
      return await fall(n - 1);
    });
    expect(await memory.run(() => fall(depth)).catch((error: unknown) => error)).toBe(thrown);
  });
});
