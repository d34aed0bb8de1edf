import { concurrency, concurrencyLimit, flow, sendSignal, sleep, step, task, waitForSignal } from '@millrace/engine';
import { describe, expect, test } from 'vitest';
import { testEngine } from './index.ts';

describe('testEngine', () => {
  test('runs a flow outside any run', async () => {
    await using engine = await testEngine();
    expect(await engine.run(() => flow('one', () => 1)())).toBe(1);
  });

  test('ninety days pass in no time', async () => {
    await using engine = await testEngine({ time: 'virtual' });
    const long = flow('long', async () => {
      await sleep('90d');
      return 'awake';
    });
    const result = engine.run(() => long());
    await engine.advance('89d');
    expect((await engine.runs()).find((run) => run.kind === 'flow')?.state.type).not.toBe('COMPLETED');
    await engine.advance('1d');
    expect(await result).toBe('awake');
  });

  test('retries wait for virtual time', async () => {
    await using engine = await testEngine();
    let calls = 0;
    const flaky = task({ name: 'flaky', retries: 2, retryDelay: '1h' }, () => {
      calls += 1;
      if (calls < 3) throw new Error('not yet');
      return calls;
    });
    const result = engine.run(() => flow('outer', () => flaky())());
    await engine.settle();
    expect(calls).toBe(1);
    await engine.advance('1h');
    expect(calls).toBe(2);
    await engine.advance('1h');
    expect(await result).toBe(3);
  });

  test('a double stands for a task, in this engine only', async () => {
    const fetchUser = task('fetch-user', async (id: number) => ({ id, isReal: true }));
    const outer = flow('outer', async () => await fetchUser(7));
    await using engine = await testEngine();
    const unmock = engine.mock(fetchUser, async () => ({ id: 1, isReal: false }));
    expect(await engine.run(() => outer())).toEqual({ id: 1, isReal: false });
    unmock();
    expect(await engine.run(() => outer())).toEqual({ id: 7, isReal: true });
  });

  test('a crash after a task loses nothing that was recorded, and restart goes on', async () => {
    await using engine = await testEngine();
    const calls: string[] = [];
    const one = task('one', () => void calls.push('one'));
    const two = task('two', () => void calls.push('two'));
    const outer = flow('outer', async () => {
      await one();
      await two();
      return await step('end', () => 'done');
    });
    engine.crashAfter('one');
    const result = engine.run(() => outer());
    await engine.settle();
    expect(calls).toEqual(['one']);
    await engine.restart();
    expect(await result).toBe('done');
    expect(calls).toEqual(['one', 'two']);
    const [run] = await engine.runs();
    expect((await engine.history(run?.id ?? '')).map((state) => state.name)).toContain('Completed');
  });

  test('a crash after the third completion of a task, and what is recorded between crash and restart', async () => {
    await using engine = await testEngine();
    const item = task('item', (n: number) => n);
    const outer = flow('outer', async () => {
      for (let n = 0; n < 5; n += 1) await item(n);
      return 'done';
    });
    engine.crashAfter({ task: 'item', occurrence: 3 });
    const result = engine.run(() => outer());
    await engine.settle();
    const runs = await engine.runs();
    expect(runs.map((run) => run.state.name)).toEqual(['Running', 'Completed', 'Completed', 'Completed']);
    expect((await engine.history(runs[0]?.id ?? '')).map((state) => state.name)).toEqual(['Pending', 'Running']);
    await engine.restart();
    expect(await result).toBe('done');
  });

  test('a crash at every write of a flow of 20 tasks gives the same result, and nothing recorded runs twice', async () => {
    for (let writes = 1; writes < 60; writes += 1) {
      await using engine = await testEngine();
      const ran = new Map<number, number>();
      const item = task('item', (n: number) => {
        ran.set(n, (ran.get(n) ?? 0) + 1);
        return n;
      });
      const outer = flow('outer', async () => {
        let sum = 0;
        for (let n = 0; n < 10; n += 1) sum += await item(n);
        for (const value of await item.map(Array.from({ length: 10 }, (_, i) => i + 10))) sum += value;
        return sum;
      });
      engine.crashAfter({ writes });
      const result = engine.run(() => outer());
      await engine.settle();
      await engine.restart();
      expect(await result).toBe(190);
      // In flight at the crash: at least once. Recorded: once.
      const twice = [...ran.values()].filter((count) => count > 1).length;
      expect(twice).toBeLessThanOrEqual(10);
    }
  });

  test('a sleeper survives a restart and sleeps what is left', async () => {
    await using engine = await testEngine();
    const outer = flow('outer', async () => {
      await sleep('2d');
      const go = await waitForSignal<string>('go');
      return go;
    });
    const result = engine.run(() => outer());
    await engine.advance('1d');
    await engine.restart();
    await engine.advance('1d');
    const [run] = await engine.runs();
    await engine.run(() => sendSignal(run?.id ?? '', 'go', 'now'));
    await engine.advance('5s');
    expect(await result).toBe('now');
  });

  test.each(['cached', 'limited', 'within a slot'])(
    'what was %s when the process died goes on at the restart',
    async (how) => {
      await using engine = await testEngine();
      const key = task({ name: 'key', cacheKey: () => 'key' }, async (n: number) => await step('point', () => n));
      const bodies = {
        cached: flow('cached', async () => await key(1)),
        limited: flow({ name: 'limited', concurrency: 1 }, async () => await step('point', () => 1)),
        'within a slot': flow('slot', async () => await concurrency('db', () => step('point', () => 1))),
      };
      await engine.run(() => concurrencyLimit.set('db', { limit: 1 }));
      engine.crashAfter('point');
      const value = engine.run(() => bodies[how as keyof typeof bodies]());
      await engine.settle();
      await engine.restart();
      expect(await value).toBe(1);
    },
  );
});
