/**
 * The runs that a rerun keeps, on both stores: all that was upstream of its task, also of a streamed map; or all that completed.
 */
import { withRuntime } from '@millrace/engine/internal';
import { encodeValue } from '@millrace/kernel';
import { openEngine } from '@millrace/local';
import type { Engine } from '@millrace/engine';
import { allowFailure, flow, rerun, serve, task } from 'millrace';
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { onEachStore } from '../../faults/on-each-store.ts';
import type { Sandbox } from '../../processes/sandbox.ts';

async function within(sandbox: Sandbox, body: (engine: Engine) => Promise<void>): Promise<void> {
  const engine = openEngine({ settings: { databaseUrl: sandbox.url, logLevel: 20 }, engine: { print: () => {} } });
  try {
    await withRuntime(engine, () => body(engine));
  } finally {
    await engine.close();
  }
  expect(await sandbox.verify()).toEqual([]);
}

/** Tasks that say that they were called. */
function counting() {
  const calls: string[] = [];
  const did = (name: string) =>
    task(name, async (n: number) => {
      calls.push(`${name} ${n}`);
      await new Promise((resolve) => setImmediate(resolve));
      return n + 1;
    });
  /** How often each was called since the last time. */
  const counts = (): Readonly<Record<string, number>> => {
    const found: Record<string, number> = {};
    for (const call of calls.splice(0)) {
      const name = call.split(' ')[0] ?? '';
      found[name] = (found[name] ?? 0) + 1;
    }
    return found;
  };
  return { did, counts };
}

const ids = Array.from({ length: 60 }, (_, index) => index);

describe('a rerun from a task keeps what is upstream of it', () => {
  onEachStore('in a streamed map, however late that ended', async (sandbox) => {
    const { did, counts } = counting();
    const [fetch, double, store] = [did('fetch'), did('double'), did('store')];
    const outer = flow('outer', async () => (await store.map(double.map(fetch.map(ids)))).length);
    await within(sandbox, async () => {
      const original = await outer.start();
      expect(await original.result()).toBe(60);
      expect(counts()).toEqual({ fetch: 60, double: 60, store: 60 });
      expect(await (await rerun(original.id, { from: 'double' })).result()).toBe(60);
      expect(counts()).toEqual({ double: 60, store: 60 });
      const last = await rerun(original.id, { from: 'store' });
      expect(await last.result()).toBe(60);
      expect(counts()).toEqual({ store: 60 });
      // A fork is forked as any run.
      expect(await (await rerun(last.id, { from: 'double' })).result()).toBe(60);
      expect(counts()).toEqual({ double: 60, store: 60 });
    });
  });

  onEachStore('in child flows of a map, one after the other or side by side', async (sandbox) => {
    const { did, counts } = counting();
    const [first, second, third] = [did('first'), did('second'), did('third')];
    const each = flow('each', async (n: number) => await third(await second(await first(n))));
    const around = task('around', async (n: number) => await each(n));
    const all = flow('all', async () => (await each.map(ids.slice(0, 12))).length);
    const inTurn = flow('in-turn', async () => {
      for (const n of ids.slice(0, 5)) await around(n);
    });
    await within(sandbox, async () => {
      for (const [outer, count] of [[all, 12] as const, [inTurn, 5] as const]) {
        const original = await outer.start();
        await original.result();
        counts();
        await (await rerun(original.id, { from: 'second' })).result();
        expect(counts()).toEqual({ second: count, third: count });
        await (await rerun(original.id, { from: 'third' })).result();
        expect(counts()).toEqual({ third: count });
      }
    });
  });

  onEachStore('and what was called before it, but nothing that comes after it or depends on it', async (sandbox) => {
    const { did, counts } = counting();
    const [before, beside, from, uses, after] = ['before', 'beside', 'from', 'uses', 'after'].map(did);
    const outer = flow('outer', async () => {
      const early = beside?.submit(1);
      await before?.(1);
      const middle = from?.submit(2);
      const used = uses?.submit(middle as never);
      await Promise.all([early, used]);
      await after?.(1);
    });
    await within(sandbox, async () => {
      const original = await outer.start();
      await original.result();
      counts();
      await (await rerun(original.id, { from: 'from' })).result();
      expect(counts()).toEqual({ from: 1, uses: 1, after: 1 });
    });
  });

  onEachStore('and says what there is, when nothing of the name began', async (sandbox) => {
    const { did } = counting();
    const one = did('one');
    await within(sandbox, async () => {
      const original = await flow('outer', async () => await one(1)).start();
      await original.result();
      await expect(rerun(original.id, { from: 'on' })).rejects.toThrow(/'on' never began .* These began in it: one\./);
      await expect(rerun(original.id, { from: 'one', failed: true })).rejects.toThrow('give one of them');
    });
  });
});

describe('a rerun of what failed', () => {
  /** Fails while the flag is up. */
  function fragile(did: (name: string) => (n: number) => Promise<number>) {
    const flag = { isUp: true };
    const work = did('work');
    const load = task('load', async (n: number) => {
      const value = await work(n);
      if (flag.isUp && n % 10 === 3) throw new Error(`no ${n}`);
      return value;
    });
    return { flag, load };
  }

  onEachStore('in a run that completed all the same: only that, and what depends on it', async (sandbox) => {
    const { did, counts } = counting();
    const { flag, load } = fragile(did);
    const [store, report] = [did('store'), did('report')];
    const tolerant = task('tolerant', async (state: { readonly name: string }) => await report(state.name.length));
    const each = flow('each', async (n: number) => await store(await load(n)));
    const outer = flow({ name: 'outer', unobserved: 'ignore' }, async () => {
      const loads = load.map(ids.slice(0, 20));
      const fourth = [...loads][3];
      if (fourth !== undefined) await tolerant(allowFailure(fourth));
      const states = await Promise.all(ids.slice(20, 30).map((n) => each.state(n)));
      return states.filter(({ name }) => name === 'Completed').length;
    });
    await within(sandbox, async (engine) => {
      const original = await outer.start();
      expect(await original.result()).toBe(9);
      expect(counts()).toEqual({ work: 30, report: 1, store: 9 });
      flag.isUp = false;
      const fork = await rerun(original.id, { failed: true });
      expect(await fork.result()).toBe(10);
      // A task's new attempt may use what its failed attempt had completed.
      expect(counts()).toEqual({ report: 1, store: 1 });
      const { runs } = await engine.ledger();
      const left = await runs.taskRuns({ rootFlowRunId: fork.id, limit: 200 });
      expect(left.filter(({ state }) => state.name !== 'Completed')).toEqual([]);
      await expect(rerun(fork.id, { failed: true })).rejects.toThrow('Nothing failed in flow run');
    });
  });

  onEachStore('in a run that failed', async (sandbox) => {
    const { did, counts } = counting();
    const { flag, load } = fragile(did);
    const store = did('store');
    const outer = flow('outer', async () => (await store.map(load.map(ids.slice(0, 8)))).length);
    await within(sandbox, async (engine) => {
      const original = await outer.start();
      await expect(original.result()).rejects.toThrow('did not complete');
      const { runs } = await engine.ledger();
      const below = { flowRunId: original.id, taskKey: 'store', stateTypes: ['COMPLETED'], limit: 200 };
      const { length: stored } = await runs.taskRuns(below);
      counts();
      flag.isUp = false;
      expect(await (await rerun(original.id, { failed: true })).result()).toBe(8);
      expect(counts()['store']).toBe(8 - stored);
    });
  });

  onEachStore('in a run whose own code failed: all that it called is kept', async (sandbox) => {
    const { did, counts } = counting();
    const work = did('work');
    let isUp = true;
    const outer = flow('outer', async () => {
      const value = await work(1);
      if (isUp) throw new Error('late');
      return value;
    });
    await within(sandbox, async () => {
      const original = await outer.start();
      await expect(original.result()).rejects.toThrow('late');
      counts();
      isUp = false;
      expect(await (await rerun(original.id, { failed: true })).result()).toBe(2);
      expect(counts()).toEqual({});
    });
  });
});

describe('parameters that were given where the flow is not known', () => {
  const plain = flow('plain', (count: number, label = 'none') => `${count} ${label}`);
  const checked = flow({ name: 'checked', input: z.object({ n: z.number() }) }, ({ n }) => n * 2);

  onEachStore('are checked by the process that takes the run up', async (sandbox) => {
    await within(sandbox, async (engine) => {
      const { runs } = await engine.ledger();
      const stop = new AbortController();
      const serving = serve(plain, checked, { signal: stop.signal }).catch(() => {});
      const ended = async (id: string, given: object): Promise<readonly [string, string | null]> => {
        const options = { id: engine.ids(), name: 'elsewhere', parametersUnchecked: true };
        const fork = await runs.fork(id, { ...options, parameters: encodeValue(given, 'parameters') });
        await expect.poll(async () => (await runs.flowRun(fork.id))?.endAt ?? null).not.toBeNull();
        const { state } = (await runs.flowRun(fork.id)) ?? fork;
        return [state.name, state.message];
      };
      const original = await plain.start(1);
      await original.result();
      expect(await ended(original.id, { count: 1, mistyped: 2 })).toEqual([
        'Failed',
        "ConfigurationError: Flow 'plain' has no parameter 'mistyped'. It takes count, label.",
      ]);
      expect(await ended(original.id, { count: 3, label: 'x' })).toEqual(['Completed', null]);
      const other = await checked.start({ n: 1 });
      await other.result();
      const [name, message] = await ended(other.id, { n: 'one' });
      expect([name, message]).toEqual(['Failed', expect.stringMatching(/^ParameterError: .*n/s)]);
      stop.abort();
      await serving;
    });
  });
});
