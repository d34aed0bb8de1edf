/** Law 3. Once recorded, never run again: replay is by parent, task, input and occurrence, never by the position in a log. */
import { fc, test as property } from '@fast-check/vitest';
import { currentRuntime } from '@millrace/engine/internal';
import { flow, sleep, step, task } from 'millrace';
import { testEngine, type TestEngine } from 'millrace/testing';
import { describe, expect, test } from 'vitest';

/** How often each thing was done, over all executions. */
class Tally {
  readonly counts: Record<string, number> = {};

  add<T>(what: string, value: T): T {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
    return value;
  }
}

interface Crash {
  /** The task after whose completion the process dies, the first time or a later one. */
  readonly task: string;
  readonly occurrence?: number;
  /** Between death and restart. */
  readonly meanwhile?: () => unknown;
}

async function crashAndRestart<T>(engine: TestEngine, crash: Crash, body: () => PromiseLike<T>): Promise<T> {
  engine.crashAfter({ task: crash.task, occurrence: crash.occurrence ?? 1 });
  const result = engine.run(body);
  await engine.settle();
  await crash.meanwhile?.();
  await engine.restart();
  return await result;
}

/** The names of calls that were recorded once and are no longer made. */
async function uncalled(engine: TestEngine): Promise<readonly string[]> {
  const [run] = await engine.run(
    async () => await (await currentRuntime().ledger()).runs.flowRuns({ parentFlowRunId: null }),
  );
  return (run?.divergence ?? []).map((key) => /[^/#@]+(?=[#@][^/]*$)/.exec(key)?.[0] ?? key).toSorted();
}

describe('law 3: the code may change its order', () => {
  const items = [0, 1, 2, 3, 4, 5, 6, 7];
  const order = fc.shuffledSubarray(items, { minLength: items.length });

  property.prop([order, order, fc.integer({ min: 1, max: items.length }), fc.boolean()], { numRuns: 40 })(
    'whatever the order before and after a crash, each recorded call runs once',
    async (before, after, occurrence, isMapped) => {
      await using engine = await testEngine();
      const tally = new Tally();
      const work = task('work', (n: number) => tally.add(`work ${n}`, n * n));
      let now = before;
      const outer = flow('outer', async () => {
        let total = 0;
        if (isMapped) for (const value of await work.map(now)) total += value;
        else for (const n of now) total += await work(n);
        return total;
      });
      const meanwhile = async (): Promise<void> => {
        const tasks = (await engine.runs()).filter((run) => run.kind === 'task' && run.state.type === 'COMPLETED');
        expect(tasks.length).toBeGreaterThanOrEqual(occurrence);
        now = after;
      };
      const total = await crashAndRestart(engine, { task: 'work', occurrence, meanwhile }, () => outer());
      expect(total).toBe(140);
      // In a map some are in flight at the crash; one after the other, none is.
      if (!isMapped) expect(Object.values(tally.counts)).toEqual(Array(items.length).fill(1));
      expect((await engine.runs()).filter((run) => run.kind === 'task')).toHaveLength(items.length);
      expect(await uncalled(engine)).toEqual([]);
    },
  );

  test('a branch on the clock may go the other way: what was done on the first is kept and listed', async () => {
    await using engine = await testEngine();
    const tally = new Tally();
    const [early, late, both] = ['early', 'late', 'both'].map((name) => task(name, () => tally.add(name, name)));
    const noon = engine.now.getTime() + 1_000;
    const outer = flow('outer', async () => {
      const branch = engine.now.getTime() < noon ? early : late;
      return [await both?.(), await branch?.(), await step('end', () => 'end')];
    });
    const meanwhile = async (): Promise<void> => await engine.advance('1h');
    const result = await crashAndRestart(engine, { task: 'early', meanwhile }, () => outer());
    expect(result).toEqual(['both', 'late', 'end']);
    expect(tally.counts).toEqual({ both: 1, early: 1, late: 1 });
    expect(await uncalled(engine)).toEqual(['early']);
  });

  test('calls may be put in, taken out and renamed between two executions', async () => {
    await using engine = await testEngine();
    const tally = new Tally();
    const call = (name: string) => task(name, (n: number) => tally.add(name, n));
    const [kept, old, dropped, renamed, added] = [
      call('kept'),
      call('old'),
      call('dropped'),
      call('renamed'),
      call('added'),
    ];
    let version = 1;
    const outer = flow('outer', async () => {
      if (version === 1) return [await old(1), await dropped(2), await kept(3), await kept(4)];
      return [await added(0), await kept(4), await renamed(1), await kept(3)];
    });
    const meanwhile = (): void => {
      version = 2;
    };
    expect(await crashAndRestart(engine, { task: 'kept', meanwhile }, () => outer())).toEqual([0, 4, 1, 3]);
    expect(tally.counts).toEqual({ old: 1, dropped: 1, kept: 2, renamed: 1, added: 1 });
    expect(await uncalled(engine)).toEqual(['dropped', 'old']);
  });
});

describe('law 3: what tells calls apart', () => {
  test('equal calls are told by their occurrence', async () => {
    await using engine = await testEngine();
    let count = 0;
    const next = task('next', () => {
      count += 1;
      return count;
    });
    const outer = flow('outer', async () => [await next(), await next(), await next()]);
    expect(await crashAndRestart(engine, { task: 'next', occurrence: 2 }, () => outer())).toEqual([1, 2, 3]);
    expect(count).toBe(3);
  });

  test('inputs that can not be hashed are told by their order', async () => {
    await using engine = await testEngine();
    const tally = new Tally();
    const apply = task('apply', (body: (n: number) => number) => tally.add(`apply ${body(1)}`, body(1)));
    const outer = flow('outer', async () => [
      await apply((n) => n + 1),
      await apply((n) => n + 2),
      await apply((n) => n + 3),
    ]);
    expect(await crashAndRestart(engine, { task: 'apply', occurrence: 2 }, () => outer())).toEqual([2, 3, 4]);
    expect(tally.counts).toEqual({ 'apply 2': 1, 'apply 3': 1, 'apply 4': 1 });
  });

  test('the same call of two bodies is two calls', async () => {
    await using engine = await testEngine();
    const tally = new Tally();
    const leaf = task('leaf', (n: number) => tally.add('leaf', n));
    const one = task('one', async () => await leaf(7));
    const two = flow('two', async () => await leaf(7));
    const outer = flow('outer', async () => [await leaf(7), await one(), await two(), await step('end', () => 7)]);
    expect(await crashAndRestart(engine, { task: 'one' }, () => outer())).toEqual([7, 7, 7, 7]);
    expect(tally.counts).toEqual({ leaf: 3 });
    expect(await uncalled(engine)).toEqual([]);
  });

  test('a future as an argument counts as its value', async () => {
    await using engine = await testEngine();
    const tally = new Tally();
    const source = task('source', (n: number) => tally.add('source', n));
    const sink = task('sink', (n: number) => tally.add('sink', n));
    let asFuture = true;
    const outer = flow('outer', async () => [
      await sink(asFuture ? source.submit(5) : await source(5)),
      await step('end', () => 1),
    ]);
    const meanwhile = (): void => {
      asFuture = false;
    };
    expect(await crashAndRestart(engine, { task: 'sink', meanwhile }, () => outer())).toEqual([5, 1]);
    expect(tally.counts).toEqual({ source: 1, sink: 1 });
  });
});

describe('law 3: attempts', () => {
  test("a flow's retry reuses its completed children, and calls the failed ones again", async () => {
    await using engine = await testEngine();
    const tally = new Tally();
    const good = task('good', (n: number) => tally.add(`good ${n}`, n));
    const flaky = task('flaky', () => {
      tally.add('flaky', 0);
      if (tally.counts['flaky'] === 1) throw new Error('once');
      return 100;
    });
    const nested = flow('nested', async () => await good(9));
    const outer = flow({ name: 'outer', retries: 1 }, async () => (await good(1)) + (await nested()) + (await flaky()));
    expect(await engine.run(() => outer())).toBe(110);
    expect(tally.counts).toEqual({ 'good 1': 1, 'good 9': 1, flaky: 2 });
    expect((await engine.runs()).find((run) => run.name === 'outer')?.runCount).toBe(2);
    expect(await uncalled(engine)).toEqual([]);
  });

  test("a task's retry starts its children afresh", async () => {
    await using engine = await testEngine();
    const tally = new Tally();
    const child = task('child', () => tally.add('child', 1));
    const parent = task({ name: 'parent', retries: 1 }, async () => {
      const value = await child();
      if (tally.add('parent', tally.counts['parent'] ?? 0) === 0) throw new Error('once');
      return value;
    });
    expect(await engine.run(() => flow('outer', async () => await parent())())).toBe(1);
    expect(tally.counts).toEqual({ child: 2, parent: 2 });
    expect(await uncalled(engine)).toEqual([]);
  });

  test('a recovery goes on with the attempt: of a task, its children are kept', async () => {
    await using engine = await testEngine();
    const tally = new Tally();
    const child = task('child', (n: number) => tally.add(`child ${n}`, n));
    const parent = task({ name: 'parent', retries: 3 }, async () => {
      tally.add('parent', 0);
      return (await child(1)) + (await child(2));
    });
    const result = await crashAndRestart(engine, { task: 'child' }, () => flow('outer', async () => await parent())());
    expect(result).toBe(3);
    expect(tally.counts).toEqual({ parent: 2, 'child 1': 1, 'child 2': 1 });
    const runs = await engine.runs();
    expect(runs.map(({ name, runCount }) => `${name} ${runCount}`).toSorted()).toEqual([
      'child 1',
      'child 1',
      'outer 1',
      'parent 1',
    ]);
  });

  test('a failure that was seen in this attempt is seen again after a recovery', async () => {
    await using engine = await testEngine();
    const tally = new Tally();
    const bad = task('bad', () => {
      tally.add('bad', 0);
      throw new RangeError('for good');
    });
    const after = task('after', (text: string) => tally.add('after', text));
    const outer = flow('outer', async () => {
      const error: unknown = await bad().catch((reason: unknown) => reason);
      const text = await after(`${(error as Error).name}: ${(error as Error).message}`);
      return [text, await step('end', () => 'end')];
    });
    expect(await crashAndRestart(engine, { task: 'after' }, () => outer())).toEqual(['RangeError: for good', 'end']);
    expect(tally.counts).toEqual({ bad: 1, after: 1 });
  });
});

describe('law 3: what is recorded beside tasks', () => {
  test('a step keeps its value, a sleep sleeps what is left, a nested flow is not called again', async () => {
    await using engine = await testEngine();
    const tally = new Tally();
    const nested = flow('nested', async () => tally.add('nested', 'nested'));
    const outer = flow('outer', async () => {
      const stamp = await step('stamp', () => tally.add('stamp', engine.now.getTime()));
      const inner = await nested();
      await sleep('2h');
      return [stamp, inner, engine.now.getTime()];
    });
    const startedAt = engine.now.getTime();
    const result = engine.run(() => outer());
    await engine.advance('1h');
    await engine.restart();
    await engine.advance('1h');
    const [stamp, inner, endedAt] = await result;
    expect([stamp, inner]).toEqual([startedAt, 'nested']);
    expect(Number(endedAt) - startedAt).toBeGreaterThanOrEqual(7_200_000);
    expect(Number(endedAt) - startedAt).toBeLessThan(7_300_000);
    expect(tally.counts).toEqual({ stamp: 1, nested: 1 });
  });

  test('a value that is not kept is computed again, and nothing else is', async () => {
    await using engine = await testEngine();
    const tally = new Tally();
    const light = task({ name: 'light', persistResult: false }, () => tally.add('light', 1));
    const kept = task('kept', () => tally.add('kept', 2));
    const outer = flow('outer', async () => (await light()) + (await kept()) + (await step('end', () => 4)));
    expect(await crashAndRestart(engine, { task: 'kept' }, () => outer())).toBe(7);
    expect(tally.counts).toEqual({ light: 2, kept: 1 });
  });
});
