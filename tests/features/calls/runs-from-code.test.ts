/** Runs from code: recorded here, begun by a process that serves the flow, and found by any other that knows an id or a key. */
import {
  cancelRun,
  flow,
  getRun,
  listRuns,
  logger,
  resume,
  type RunHandle,
  serve,
  sleep,
  step,
  task,
  waitForSignal,
} from 'millrace';
import { testEngine } from 'millrace/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

const double = task('double', (n: number) => n * 2);
const sums = flow('code-sums', async (n: number) => {
  logger().info('doubling %d', n);
  return await double(n);
});
const broken = flow('code-broken', async (n: number) => {
  throw new RangeError(`no ${n}`);
});
const waiting = flow({ name: 'code-asleep', tags: ['slow'] }, async () => {
  await sleep('1h');
  return 'awake';
});

const servings: AbortController[] = [];
afterEach(() => {
  for (const serving of servings.splice(0)) serving.abort();
});
function serving(...flows: readonly { readonly flowName: string }[]): void {
  const controller = new AbortController();
  servings.push(controller);
  const [first, ...others] = flows;
  if (first !== undefined) void serve(first, ...others, { signal: controller.signal });
}

async function all(runs: AsyncIterable<RunHandle<unknown>>): Promise<readonly RunHandle<unknown>[]> {
  const found: RunHandle<unknown>[] = [];
  for await (const run of runs) found.push(run);
  return found;
}

describe('enqueue', () => {
  it('records a run that begins only where its flow is served', async () => {
    await using engine = await testEngine();
    const handle = await engine.run(() => sums.with({ tags: ['a'] }).enqueue(4));
    expect(handle).toMatchObject({ flowName: 'code-sums', parameters: { n: 4 }, tags: ['a'], waiting: null });
    await engine.advance('1h');
    expect((await handle.state()).type).toBe('PENDING');
    const result = engine.run(() => handle.result());
    await engine.run(() => serving(sums));
    await engine.settle();
    expect(await result).toBe(8);
    expect((await engine.runs()).filter(({ kind }) => kind === 'flow')).toHaveLength(1);
  });

  it('gives the run of its key, and says so when that has other parameters', async () => {
    await using engine = await testEngine();
    const keyed = sums.with({ idempotencyKey: 'order-7' });
    const [first, again] = await engine.run(async () => [await keyed.enqueue(1), await keyed.enqueue(1)] as const);
    expect(again.id).toBe(first.id);
    expect((await engine.run(() => keyed.enqueue(2))).parameters).toEqual({ n: 1 });
  });

  it('checks the arguments where it is called, and takes no futures', async () => {
    await using engine = await testEngine();
    const checked = flow({ name: 'code-checked', input: z.object({ n: z.number() }) }, async ({ n }) => n);
    // @ts-expect-error a wrong argument does not compile
    await expect(engine.run(() => checked.enqueue({ n: 'x' }))).rejects.toMatchObject({ code: 'ParameterError' });
    const given = flow('code-given', async () => await sums.enqueue(double.submit(1)));
    await expect(engine.run(() => given())).rejects.toThrow(/await them/);
    expect((await engine.runs()).filter(({ name }) => name === 'code-sums')).toEqual([]);
  });

  it('in a flow is a step: a body that is called again enqueues no second run', async () => {
    await using engine = await testEngine();
    const after = task('code-after', () => 1);
    const parent = flow('code-parent', async () => {
      const ids = [(await sums.enqueue(1)).id, (await sums.enqueue(2)).id];
      await after();
      await sleep('1d');
      return ids;
    });
    const result = engine.run(() => parent());
    engine.crashAfter('code-after');
    await engine.settle();
    await engine.restart();
    await engine.advance('1d');
    const ids = await result;
    const enqueued = (await engine.runs()).filter(({ name }) => name === 'code-sums');
    expect(enqueued.map(({ id }) => id)).toEqual(ids);
    expect(enqueued.map(({ parentId }) => parentId)).toEqual([null, null]);
  });
});

describe('getRun', () => {
  it('gives what is recorded of a run that this process never started, and its end', async () => {
    await using engine = await testEngine();
    const { id } = await engine.run(() => broken.enqueue(3));
    await engine.run(() => serving(broken));
    await engine.settle();
    const run = (await engine.run(() => getRun<number>(id))) ?? expect.unreachable();
    expect(run).toMatchObject({ id, flowName: 'code-broken', parameters: { n: 3 } });
    expect((await run.state()).type).toBe('FAILED');
    await expect(run.result()).rejects.toThrow(new RangeError('no 3'));
    expect(await engine.run(() => getRun('01a22cc9-1e2a-774d-90cd-9082c3025882'))).toBeUndefined();
    expect(await engine.run(() => getRun('x'))).toBeUndefined();
  });

  it('says what a run waits for, asleep or awake, and has its lines', async () => {
    await using engine = await testEngine();
    const waits = flow('code-waits', async () => {
      logger().info('here');
      return await waitForSignal('go');
    });
    const handle = await engine.run(() => waits.start());
    await engine.settle();
    const run = await engine.run(() => getRun(handle.id));
    expect(run?.waiting).toMatchObject({ kind: 'signal', name: 'go' });
    const lines: string[] = [];
    for await (const { message } of run?.logs() ?? []) lines.push(message);
    expect(lines).toEqual(['here']);
    await engine.run(() => cancelRun(handle.id, { reason: 'enough' }));
    expect(await handle.state()).toMatchObject({ type: 'CANCELLED', message: expect.stringContaining('enough') });
  });
});

describe('listRuns', () => {
  it('gives the runs that meet the filter, newest first, over many pages', async () => {
    await using engine = await testEngine();
    const made = await engine.run(async () => {
      const ids: string[] = [];
      for (let n = 0; n < 230; n += 1)
        ids.push((await sums.with({ idempotencyKey: `${n < 3 ? 'early' : 'late'}-${n}` }).enqueue(n)).id);
      return ids;
    });
    const of = (filter: Parameters<typeof listRuns>[0]) =>
      engine.run(async () => (await all(listRuns(filter))).map(({ id }) => id));
    expect(await of({ flow: 'code-sums' })).toEqual(made.toReversed());
    expect(await of({ key: 'early-' })).toEqual(made.slice(0, 3).toReversed());
    expect(await of({ state: ['PENDING'], flow: 'code-other' })).toEqual([]);
    const before = engine.now;
    await engine.advance('1h');
    const tagged = await engine.run(() => waiting.enqueue());
    expect(await of({ since: engine.now })).toEqual([tagged.id]);
    expect(await of({ tags: ['slow'] })).toEqual([tagged.id]);
    expect(await of({ until: engine.now, key: 'late-22' })).toHaveLength(11);
    expect(await of({ until: before, flow: 'code-sums' })).toEqual([]);
    await expect(of({ state: 'done' })).rejects.toMatchObject({ code: 'ConfigurationError' });
  });

  it('finds orphans, and resume takes up all that match', async () => {
    await using engine = await testEngine();
    let isFixed = false;
    const fragile = flow('code-fragile', async (n: number) => {
      const kept = await step('kept', () => n);
      if (!isFixed) throw new Error('not yet');
      return kept;
    });
    await engine.run(async () => {
      for (const n of [1, 2, 3]) await (await fragile.start(n)).result().catch(() => {});
    });
    isFixed = true;
    const handles = await engine.run(() => resume<number>({ flow: 'code-fragile', state: 'FAILED' }));
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual([3, 2, 1]);
    const started = await engine.run(() => waiting.start());
    expect(await engine.run(async () => await all(listRuns({ state: 'Orphaned' })))).toEqual([]);
    engine.crash();
    await engine.restart();
    const orphans = await engine.run(async () => await all(listRuns({ state: 'Orphaned' })));
    expect(orphans.map(({ id }) => id)).toEqual([started.id]);
  });
});
