/**
 * A rerun from a task anywhere in the tree, on both stores: what had completed when it began is not done again, and the new
 * run's tree is whole by itself.
 */
import type { Engine } from '@millrace/engine';
import { withRuntime } from '@millrace/engine/internal';
import { cancelling, type FlowRunRecord, type TaskRunRecord } from '@millrace/kernel';
import { openEngine } from '@millrace/local';
import { flow, rerun, resume, task } from 'millrace';
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { onEachStore } from '../../faults/on-each-store.ts';
import type { Sandbox } from '../../processes/sandbox.ts';

/** Runs the body with an engine on the place's database, and holds all that it recorded to the invariants. */
async function within(sandbox: Sandbox, body: (engine: Engine) => Promise<void>): Promise<void> {
  const engine = openEngine({ settings: { databaseUrl: sandbox.url, logLevel: 20 }, engine: { print: () => {} } });
  try {
    await withRuntime(engine, () => body(engine));
  } finally {
    await engine.close();
  }
  expect(await sandbox.verify()).toEqual([]);
}

type AnyRun = FlowRunRecord | TaskRunRecord;

/** The run's tree as text, a line a run: depth, name, state. Throws where a run names a caller that is not in the tree. */
async function treeOf(engine: Engine, rootId: string): Promise<readonly string[]> {
  const { runs } = await engine.ledger();
  const below = { rootFlowRunId: rootId, limit: 200 };
  const all: AnyRun[] = [...(await runs.flowRuns(below)), ...(await runs.taskRuns(below))];
  const byId = new Map(all.map((run) => [run.id, run]));
  const nameOf = (run: AnyRun): string => {
    const flowRunId = run.kind !== 'flow' ? run.flowRunId : run.parentFlowRunId;
    const callerId = run.parentTaskRunId ?? flowRunId;
    const own = run.kind !== 'flow' ? run.taskKey : `${run.flowName}()`;
    if (callerId === null) return own;
    const caller = byId.get(callerId);
    if (caller === undefined) throw new Error(`${own} was called by ${callerId}, which is not in the tree`);
    return `${nameOf(caller)} > ${own}`;
  };
  return all.map((run) => `${nameOf(run)} ${run.state.type}`).sort();
}

describe('a rerun with other parameters', () => {
  const shown = flow('shown', (a: number, b?: number, c?: string, ctx?: unknown) => [a, b, c, typeof ctx].join());
  const input = z.object({ n: z.number(), t: z.string() });
  const whole = flow({ name: 'whole', input }, ({ n, t }) => `${n}${t}`);

  onEachStore('keeps those that it is not given', async (sandbox) => {
    await within(sandbox, async () => {
      const original = await shown.start(1, 2, 'three');
      const fork = async (parameters: readonly unknown[] | Record<string, unknown>): Promise<unknown> =>
        await (await rerun(original.id, { parameters })).result();
      expect(await fork({ b: 20 })).toBe('1,20,three,object');
      expect(await fork({})).toBe('1,2,three,object');
      expect(await fork([10])).toBe('10,2,three,object');
      expect(await fork([10, undefined])).toBe('10,,three,object');
      expect(await original.result()).toBe('1,2,three,object');
      const short = await shown.start(1);
      const filled = await rerun(short.id, { parameters: { c: 'three' } });
      expect(await filled.result()).toBe('1,,three,object');
      const object = await whole.start({ n: 1, t: 'x' });
      expect(await (await rerun(object.id, { parameters: { n: 2 } })).result()).toBe('2x');
    });
  });

  onEachStore('refuses the id of a task run, and so does resume: whose flow run it is of is told', async (sandbox) => {
    await within(sandbox, async (engine) => {
      const one = task('one', () => 1);
      const original = await flow('caller', async () => await one()).start();
      await original.result();
      await one();
      const [lone, child] = await (await engine.ledger()).runs.taskRuns({ limit: 2 });
      for (const move of [rerun, resume]) {
        await expect(move(child?.id ?? '')).rejects.toThrow(
          `is a task run, and a flow run's id is needed. Give its flow run's: ${original.id}`,
        );
        await expect(move(lone?.id ?? '')).rejects.toThrow('It belongs to no flow run');
      }
    });
  });

  onEachStore('refuses a name that the flow does not have', async (sandbox) => {
    await within(sandbox, async () => {
      const original = await shown.start(1);
      for (const name of ['d', 'ctx'])
        await expect(rerun(original.id, { parameters: { [name]: 1 } })).rejects.toThrow(
          `Flow 'shown' has no parameter '${name}'. It takes a, b, c.`,
        );
    });
  });
});

describe('a rerun from within', () => {
  onEachStore(
    'a task in a child flow that a task called: only it and what came after is done again',
    async (sandbox) => {
      const calls: string[] = [];
      const did = (name: string) => task(name, async (n: number) => (calls.push(name), n + 1));
      const [a, p, q, r, z] = [did('a'), did('p'), did('q'), did('r'), did('z')];
      const inner = flow('inner', async (n: number) => await r(await q(await p(n))));
      const x = task('x', async (n: number) => (calls.push('x'), await inner(n)));
      const outer = flow('outer', async () => await z(await x(await a(0))));
      await within(sandbox, async (engine) => {
        const original = await outer.start();
        expect(await original.result()).toBe(5);
        const before = await treeOf(engine, original.id);
        calls.length = 0;
        const fork = await rerun<number>(original.id, { from: 'q' });
        expect(await fork.result()).toBe(5);
        expect(calls).toEqual(['x', 'q', 'r', 'z']);
        expect(await treeOf(engine, fork.id)).toEqual(before);
        expect(await treeOf(engine, original.id)).toEqual(before);
        const { runs } = await engine.ledger();
        expect((await runs.flowRun(fork.id))?.divergence).toEqual([]);
        calls.length = 0;
        expect(await (await rerun<number>(fork.id, { from: 'r' })).result()).toBe(5);
        expect(calls).toEqual(['x', 'r', 'z']);
        // Not taken up, and cancelled: nothing of it is left open.
        const { id } = await runs.fork(original.id, { id: engine.ids(), name: 'idle', from: 'q' });
        expect(await sandbox.verify()).toEqual([]);
        await runs.propose(id, { state: cancelling(Date.now(), 'by ann'), by: 'api' });
        expect((await treeOf(engine, id)).filter((line) => !/COMPLETED|CANCELLED/.test(line))).toEqual([]);
      });
    },
  );

  onEachStore('child flows that had completed are there with all below them, and not done again', async (sandbox) => {
    const calls: string[] = [];
    const leaf = task('leaf', (n: number) => (calls.push(`leaf ${n}`), n));
    const bad = task('bad', (): number => {
      throw new Error('tolerated');
    });
    const deepest = flow('deepest', async (n: number) => {
      await bad().catch(() => 0);
      return await leaf(n);
    });
    const wrapped = task({ name: 'wrapped', retries: 1 }, async (n: number) => {
      const value = await deepest(n);
      if (calls.length === 1) throw new Error('once more');
      return value;
    });
    const middle = flow('middle', async (n: number) => (await wrapped(n)) + (await deepest(n + 1)));
    const last = task('last', (n: number) => (calls.push('last'), n));
    const outer = flow('outer', async () => await last(await middle(1)));
    await within(sandbox, async (engine) => {
      const original = await outer.start();
      expect(await original.result()).toBe(3);
      const before = await treeOf(engine, original.id);
      expect(before.filter((line) => line.includes('bad FAILED'))).toHaveLength(3);
      calls.length = 0;
      const fork = await rerun<number>(original.id, { from: 'last' });
      expect(await fork.result()).toBe(3);
      expect(calls).toEqual(['last']);
      expect(await treeOf(engine, fork.id)).toEqual(before);
    });
  });

  onEachStore('of a task that was tried again, the attempt that was under way is taken up', async (sandbox) => {
    const calls: string[] = [];
    let isFirst = true;
    const part = task('part', (n: number) => (calls.push(`part ${n}`), n));
    const check = task('check', (n: number) => (calls.push(`check ${n}`), n));
    const whole = task({ name: 'whole', retries: 1 }, async () => {
      const n = await part(isFirst ? 1 : 2);
      if (isFirst) {
        isFirst = false;
        throw new Error('once more');
      }
      return await check(n);
    });
    const outer = flow('outer', async () => await whole());
    await within(sandbox, async () => {
      const original = await outer.start();
      expect(await original.result()).toBe(2);
      expect(calls).toEqual(['part 1', 'part 2', 'check 2']);
      calls.length = 0;
      expect(await (await rerun<number>(original.id, { from: 'check' })).result()).toBe(2);
      expect(calls).toEqual(['check 2']);
    });
  });

  onEachStore('siblings that were under way keep what they had completed', async (sandbox) => {
    const calls: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = task('first', (n: number) => (calls.push(`first ${n}`), n));
    const second = task('second', async (n: number) => {
      calls.push(`second ${n}`);
      if (n === 3) gate.resolve();
      else await gate.promise;
      return n;
    });
    const late = task('late', (n: number) => (calls.push(`late ${n}`), n));
    const each = flow('each', async (n: number) => {
      await first(n);
      await second(n);
      return await (n === 1 ? late(n) : n);
    });
    const outer = flow('outer', async () => await Promise.all([each(1), each(2), each(3)]));
    await within(sandbox, async (engine) => {
      const original = await outer.start();
      expect(await original.result()).toEqual([1, 2, 3]);
      const before = await treeOf(engine, original.id);
      calls.length = 0;
      const fork = await rerun<readonly number[]>(original.id, { from: 'late' });
      expect(await fork.result()).toEqual([1, 2, 3]);
      expect(calls.filter((call) => call.startsWith('first'))).toEqual([]);
      expect(calls).toContain('late 1');
      expect(await treeOf(engine, fork.id)).toEqual(before);
    });
  });

  onEachStore(
    'other parameters are used where they make another call, and what they do not reach is reused',
    async (sandbox) => {
      const calls: string[] = [];
      const fixed = task('fixed', () => (calls.push('fixed'), 1));
      const scaled = task('scaled', (n: number, by: number) => (calls.push(`scaled ${by}`), n * by));
      const inner = flow('inner', async () => await fixed());
      const outer = flow('outer', async (by: number) => await scaled(await inner(), by));
      await within(sandbox, async (engine) => {
        const original = await outer.start(2);
        expect(await original.result()).toBe(2);
        const fork = await rerun<number>(original.id, { from: 'scaled', parameters: [7] });
        expect(await fork.result()).toBe(7);
        expect(calls).toEqual(['fixed', 'scaled 2', 'scaled 7']);
        expect(await treeOf(engine, fork.id)).toEqual(await treeOf(engine, original.id));
      });
    },
  );
});
