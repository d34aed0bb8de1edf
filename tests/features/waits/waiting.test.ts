/** Durable waits, resumption, forks, serving and isolation, as a user meets them. */
import {
  concurrency,
  concurrencyLimit,
  context,
  flow,
  pause,
  rateLimit,
  rerun,
  resume,
  sendSignal,
  serve,
  sleep,
  sleepUntil,
  suspend,
  task,
  variable,
  waitForSignal,
} from 'millrace';
import {
  allowFailure,
  artifact,
  NotTransferable,
  LimitNotFound,
  PauseTimeout,
  RunPaused,
  SignalTimeout,
  UpstreamError,
} from 'millrace';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
};

describe('waits', () => {
  test('sleep is recorded', async () => {
    await using memory = new MemoryEngine();
    await memory.run(() => flow('outer', async () => await sleep(5))());
    expect((await memory.taskRuns()).map((run) => [run.kind, run.state.name])).toEqual([['sleep', 'Completed']]);
  });

  test('a signal may come before the wait, is typed, and is consumed once', async () => {
    await using memory = new MemoryEngine();
    const approval = flow('approval', async () => {
      const first = await waitForSignal('approved', { schema: z.object({ by: z.string() }), timeout: '5s' });
      const second = await waitForSignal('approved', { timeout: 30 }).catch((error: unknown) => error);
      return [first.by, second instanceof SignalTimeout];
    });
    const value = await memory.run(async () => {
      const handle = await approval.start();
      await sendSignal(handle.id, 'approved', { none: true });
      await sendSignal(handle.id, 'approved', { by: 'ann' });
      return await handle.result();
    });
    expect(value).toEqual(['ann', true]);
  });

  test('a pause whose time is up lets the body go on that catches it', async () => {
    await using memory = new MemoryEngine();
    const after = task('after', () => 'went on');
    const outer = flow('outer', async () => {
      const errors = [
        await pause({ timeout: 5 }).catch((error: unknown) => error),
        await suspend({ timeout: 5 }).catch((error: unknown) => error),
      ];
      return [await after(), ...errors.map((error) => error instanceof PauseTimeout)];
    });
    expect(await memory.run(() => outer())).toEqual(['went on', true, true]);
    expect((await memory.flowRuns()).map((run) => run.state.name)).toEqual(['Completed']);
  });

  test('pauses side by side are resumed one after another, in tasks too', async () => {
    await using memory = new MemoryEngine();
    const asking = task('asking', async (n: number) => [n, await pause({ key: `asking ${n}`, timeout: '5s' })]);
    const outer = flow('outer', async () => await Promise.all([...asking.map([1, 2]), pause({ key: 'own' })]));
    await memory.run(async () => {
      const handle = await outer.start();
      const keys = new Set<string>();
      for (const input of ['first', 'second', 'third']) {
        const isPausedAnew = async (): Promise<boolean> => {
          const { type, details } = await handle.state();
          return type === 'PAUSED' && !keys.has(details?.pauseKey ?? '');
        };
        await until(isPausedAnew);
        keys.add((await handle.state()).details?.pauseKey ?? '');
        await resume(handle.id, { input });
      }
      expect((await handle.result()).flat().sort()).toEqual([1, 2, 'first', 'second', 'third']);
    });
  });

  test('a second pause without a key is refused while the first waits: a resumption could not say which it is for', async () => {
    await using memory = new MemoryEngine();
    const both = flow('both', async () => await Promise.all([pause(), pause()]));
    const apart = flow('apart', async () => [await pause({ timeout: '5s' }), await pause({ timeout: '5s' })]);
    await memory.run(async () => {
      await expect(both()).rejects.toMatchObject({
        code: 'ConfigurationError',
        message: expect.stringContaining('pause({ key })'),
      });
      const handle = await apart.start();
      for (const key of ['0', '1']) {
        await until(async () => (await handle.state()).details?.pauseKey === key);
        await resume(handle.id, { input: key });
      }
      expect(await handle.result()).toEqual(['0', '1']);
    });
  });

  test('input for a run that asks for none is refused, not dropped', async () => {
    await using memory = new MemoryEngine();
    const waiting = flow('waiting', async () => await waitForSignal('go'));
    await memory.run(async () => {
      const handle = await waiting.start();
      await until(async () => (await handle.state()).type === 'RUNNING');
      await expect(resume(handle.id, { input: 1 })).rejects.toMatchObject({ code: 'ConfigurationError' });
      await sendSignal(handle.id, 'go');
      await handle.result();
    });
  });

  test('a task outside any flow waits for nobody: neither a signal nor an answer could reach it', async () => {
    await using memory = new MemoryEngine();
    const refused = { code: 'ConfigurationError', message: expect.stringContaining('outside any flow') };
    for (const wait of [() => waitForSignal('go'), () => pause(), () => suspend()]) {
      const alone = task('alone', async () => await wait());
      await expect(memory.run(() => alone())).rejects.toMatchObject(refused);
    }
  });

  test('a signal to a run that has completed is refused; the same one sent twice is not', async () => {
    await using memory = new MemoryEngine();
    const waiting = flow('waiting', async () => await waitForSignal('go'));
    await memory.run(async () => {
      const handle = await waiting.start();
      const once = { idempotencyKey: 'once' };
      await sendSignal(handle.id, 'go', 1, once);
      expect(await handle.result()).toBe(1);
      await sendSignal(handle.id, 'go', 1, once);
      await expect(sendSignal(handle.id, 'go', 2)).rejects.toMatchObject({
        code: 'ConfigurationError',
        message: expect.stringContaining('has completed'),
      });
    });
  });

  test('a child that failed is tried again by its parent only, and the refusal names that', async () => {
    await using memory = new MemoryEngine();
    const inner = flow('inner', () => Promise.reject(new Error('boom')));
    const outer = flow('outer', async () => await inner.state().then(() => 'went on'));
    expect(await memory.run(() => outer())).toBe('went on');
    const [parent, child] = await memory.flowRuns();
    const refused = memory.run(() => resume(child?.id ?? ''));
    await expect(refused).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: expect.stringContaining(parent?.id ?? 'no parent'),
    });
  });

  test('an instant that is none is refused', async () => {
    await using memory = new MemoryEngine();
    const outer = flow('outer', async () => await sleepUntil(new Date('never')));
    await expect(memory.run(() => outer())).rejects.toMatchObject({ code: 'ConfigurationError' });
  });

  test('a paused run has no result yet, and says so', async () => {
    await using memory = new MemoryEngine();
    const asking = flow('asking', async () => await pause({ input: z.string(), timeout: '5s' }));
    await memory.run(async () => {
      const handle = await asking.start();
      await until(async () => (await handle.state()).name === 'Paused');
      const state = await handle.state();
      expect(() => state.result()).toThrow(RunPaused);
      await resume(handle.id, { input: 'go' });
      expect(await handle.result()).toBe('go');
    });
  });

  test('pause waits for typed input, and the run says Paused', async () => {
    await using memory = new MemoryEngine();
    const asking = flow('asking', async () => {
      const { ok } = await pause({ input: z.object({ ok: z.boolean() }), timeout: '5s' });
      return ok;
    });
    await memory.run(async () => {
      const handle = await asking.start();
      await until(async () => (await handle.state()).name === 'Paused');
      await resume(handle.id, { input: { ok: 'not a boolean' } });
      await resume(handle.id, { input: { ok: true } });
      expect(await handle.result()).toBe(true);
    });
  });

  test('a pause that nobody resumes fails', async () => {
    await using memory = new MemoryEngine();
    await expect(memory.run(() => flow('asking', async () => await pause({ timeout: 20 }))())).rejects.toBeInstanceOf(
      PauseTimeout,
    );
  });

  test('a suspended run is parked and goes on where it was', async () => {
    await using memory = new MemoryEngine({ parkAfterMs: 5, idleTreesMax: 0 });
    let before = 0;
    const first = task('first', () => {
      before += 1;
      return before;
    });
    const asking = flow('asking', async () => {
      const value = await first();
      await suspend();
      return value;
    });
    await memory.run(async () => {
      const handle = await asking.start();
      await until(async () => (await memory.flowRuns())[0]?.sessionId === null);
      await resume(handle.id);
      expect(await handle.result()).toBe(1);
    });
    expect(before).toBe(1);
  });

  test('a long sleep of a nested flow parks the whole tree and wakes it', async () => {
    await using memory = new MemoryEngine({ parkAfterMs: 5, idleTreesMax: 0 });
    const calls: string[] = [];
    const mark = task('mark', (what: string) => void calls.push(what));
    const inner = flow('inner', async () => {
      await mark('inner before');
      await sleep(150);
      await mark('inner after');
      return 7;
    });
    const outer = flow('outer', async () => {
      await mark('outer before');
      return await inner();
    });
    expect(await memory.run(() => outer())).toBe(7);
    expect(calls).toEqual(['outer before', 'inner before', 'inner after']);
    const [record] = await memory.flowRuns();
    expect(record?.history.map((state) => state.name)).toContain('Suspended');
  });
});

describe('handles', () => {
  test('the same key gives the same run', async () => {
    await using memory = new MemoryEngine();
    let calls = 0;
    const nightly = flow('nightly', async () => {
      calls += 1;
      return calls;
    });
    await memory.run(async () => {
      const first = await nightly.with({ idempotencyKey: 'k' }).start();
      expect(await first.result()).toBe(1);
      const second = await nightly.with({ idempotencyKey: 'k' }).start();
      expect(second.id).toBe(first.id);
      expect(await second.result()).toBe(1);
    });
    expect(calls).toBe(1);
  });

  test('cancel is recorded', async () => {
    await using memory = new MemoryEngine();
    const long = flow('long', async () => await sleep('1h'));
    await memory.run(async () => {
      const handle = await long.start();
      await handle.cancel('enough');
      expect((await handle.state()).name).toBe('Cancelled');
    });
    expect((await memory.taskRuns()).map((run) => run.state.name)).toEqual(['Cancelled']);
  });

  test('a failed run is resumed with what it had completed kept', async () => {
    await using memory = new MemoryEngine();
    let fixed = false;
    let loads = 0;
    const load = task('load', () => {
      loads += 1;
      return 5;
    });
    const check = task('check', (n: number) => {
      if (!fixed) throw new Error('broken');
      return n * 2;
    });
    const outer = flow('outer', async () => await check(await load()));
    await memory.run(async () => {
      const handle = await outer.start();
      await expect(handle.result()).rejects.toThrow('broken');
      fixed = true;
      expect(await (await resume<number>(handle.id)).result()).toBe(10);
    });
    expect(loads).toBe(1);
  });

  test('rerun forks from a task and leaves the original untouched', async () => {
    await using memory = new MemoryEngine();
    const calls: string[] = [];
    const one = task('one', (n: number) => {
      calls.push('one');
      return n + 1;
    });
    const two = task('two', (n: number) => {
      calls.push('two');
      return n * 10;
    });
    const outer = flow('outer', async (n: number) => await two(await one(n)));
    await memory.run(async () => {
      const original = await outer.start(1);
      expect(await original.result()).toBe(20);
      const fork = await rerun<number>(original.id, { from: 'two' });
      expect(fork.id).not.toBe(original.id);
      expect(await fork.result()).toBe(20);
      expect(calls).toEqual(['one', 'two', 'two']);
      const changed = await rerun<number>(original.id, { parameters: [5] });
      expect(await changed.result()).toBe(60);
    });
  });

  test('serve takes up what is resumed from outside, and stops when told', async () => {
    await using memory = new MemoryEngine({ parkAfterMs: 5, idleTreesMax: 0, pollMs: 20 });
    const served = flow('served', async () => {
      await waitForSignal('go');
      return 'gone';
    });
    const stop = new AbortController();
    await memory.run(async () => {
      const serving = serve(served, { signal: stop.signal });
      const handle = await served.start();
      await until(async () => (await memory.flowRuns())[0]?.sessionId === null);
      await sendSignal(handle.id, 'go');
      expect(await handle.result()).toBe('gone');
      stop.abort();
      await serving;
    });
  });
});

describe('graph', () => {
  test('a failed upstream leaves the downstream NotReady', async () => {
    await using memory = new MemoryEngine();
    const bad = task('bad', (): number => {
      throw new TypeError('up');
    });
    const next = task('next', (n: number) => n);
    const outer = flow('outer', async () => {
      const error: unknown = await next(bad.submit()).catch((reason: unknown) => reason);
      return error instanceof UpstreamError && error.cause instanceof TypeError;
    });
    expect(await memory.run(() => outer())).toBe(true);
    expect((await memory.taskRuns()).map((run) => `${run.taskKey} ${run.state.type} ${run.state.name}`).sort()).toEqual(
      ['bad FAILED Failed', 'next PENDING NotReady'],
    );
  });

  test('allowFailure passes the state', async () => {
    await using memory = new MemoryEngine();
    const bad = task('bad', (): number => {
      throw new TypeError('up');
    });
    const inspect = task('inspect', (state: { name: string }) => state.name);
    const outer = flow('outer', async () => await inspect(allowFailure(bad.submit()) as never));
    expect(await memory.run(() => outer())).toBe('Failed');
  });

  test('futures are inputs: the edge is recorded', async () => {
    await using memory = new MemoryEngine();
    const one = task('one', () => 1);
    const add = task('add', (pair: { a: number; b: number[] }) => pair.a + (pair.b[0] ?? 0));
    const outer = flow('outer', async () => await add({ a: one.submit(), b: [one.submit()] }));
    expect(await memory.run(() => outer())).toBe(2);
    const add_ = (await memory.taskRuns()).find((run) => run.taskKey === 'add');
    expect(add_?.inputs.map((input) => input.name)).toEqual(['pair', 'pair']);
  });

  test('context tells a body about itself', async () => {
    await using memory = new MemoryEngine();
    const owner = task('who', () => {
      const { flowRun, taskRun, attempt, parameters } = context();
      return [flowRun?.definitionName, taskRun?.definitionName, attempt, parameters.n];
    });
    expect(await memory.run(() => flow('outer', async (n: number) => (void n, await owner()))(9))).toEqual([
      'outer',
      'who',
      1,
      9,
    ]);
  });
});

describe('limits and records', () => {
  test('a name without a limit limits nothing, or is refused when that is asked for', async () => {
    await using memory = new MemoryEngine();
    const outer = flow('outer', async () => {
      await rateLimit('no-such');
      const refused = [
        await concurrency(['no-such'], { strict: true }, () => 1).catch((error: unknown) => error),
        await rateLimit('no-such', { strict: true }).catch((error: unknown) => error),
      ];
      return [await concurrency('no-such', () => 1), ...refused.map((error) => error instanceof LimitNotFound)];
    });
    expect(await memory.run(() => outer())).toEqual([1, true, true]);
  });

  test('concurrency holds slots of a named limit', async () => {
    await using memory = new MemoryEngine();
    let inside = 0;
    let most = 0;
    const work = task('work', async (_: number) => {
      await concurrency('db', { occupy: 1 }, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
      });
    });
    await memory.run(async () => {
      await concurrencyLimit.set('db', { limit: 2 });
      await flow('outer', async () => void (await work.map([1, 2, 3, 4, 5])))();
      expect((await concurrencyLimit.get('db'))?.occupied).toBe(0);
    });
    expect(most).toBe(2);
  });

  test('variables and artifacts', async () => {
    await using memory = new MemoryEngine();
    await memory.run(async () => {
      await variable.set('region', 'eu');
      expect(await variable.get('region')).toBe('eu');
      await expect(variable.set('region', 'us')).rejects.toThrow('overwrite');
      await flow('outer', async () => void (await artifact.markdown({ key: 'report', markdown: '# Done' })))();
      const list = await (await memory.engine.ledger()).artifacts.list({ key: 'report' });
      expect(list).toHaveLength(1);
    });
  });
});

describe('isolation', () => {
  test('an argument that cannot cross is refused by name', async () => {
    await using memory = new MemoryEngine();
    const isolated = task({ name: 'isolated', isolate: 'thread' }, (client: { query: () => number }) => client.query());
    const error: unknown = await memory.run(() => isolated({ query: () => 1 })).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotTransferable);
    expect((error as NotTransferable).details.path).toBe('client.query');
  });
});
