/** A run whose upstream failed: recorded NotReady, never run, rejected with the upstream's error as the cause. */
import { allowFailure, ConfigurationError, flow, type State, step, task, UpstreamError, waitForSignal } from 'millrace';
import { testEngine } from 'millrace/testing';
import { describe, expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

const broken = new Error('the upstream is broken');
const failing = task('failing', (): number => {
  throw broken;
});

describe('a child flow whose upstream failed', () => {
  test('is left NotReady, by an argument or by waitFor, and never runs', async () => {
    await using memory = new MemoryEngine();
    let calls = 0;
    const child = flow({ name: 'child', runName: 'of-{n}' }, (n: number) => {
      calls += 1;
      return n;
    });
    const outer = flow('outer', async () => {
      const upstream = failing.submit();
      const byArgument = child.submit(upstream);
      const states = [await byArgument.wait(), await child.with({ waitFor: [upstream] }).state(1)];
      const error = await byArgument.catch((thrown: unknown) => thrown);
      const tolerant = flow('tolerant', (state: State<unknown>) => state.name);
      return { states, error, tolerated: await tolerant(allowFailure(upstream)) };
    });
    const { states, error, tolerated } = await memory.run(() => outer());
    expect(states.map(({ type, name }) => [type, name])).toEqual([
      ['PENDING', 'NotReady'],
      ['PENDING', 'NotReady'],
    ]);
    expect(error).toBeInstanceOf(UpstreamError);
    expect((error as UpstreamError).cause).toBe(broken);
    expect(tolerated).toBe('Failed');
    expect(calls).toBe(0);
    const recorded = (await memory.flowRuns()).filter((run) => run.flowName === 'child');
    expect(recorded.map((run) => [run.state.name, run.sessionId, run.startAt])).toEqual([
      ['NotReady', null, null],
      ['NotReady', null, null],
    ]);
  });

  test('fails its parent when nobody looks at it, and each of a map is one', async () => {
    await using memory = new MemoryEngine();
    const child = flow('child', (n: number, m: number) => n + m);
    const outer = flow('outer', () => {
      child.map([1, 2], failing.submit() as never);
    });
    await expect(memory.run(() => outer())).rejects.toMatchObject({ code: 'UnobservedFailure' });
  });

  test('outside any flow, too', async () => {
    await using memory = new MemoryEngine();
    const child = flow('child', (n: number) => n);
    const state = await memory.run(() => child.state(failing.submit()));
    expect([state.name, state.error]).toEqual(['NotReady', expect.any(UpstreamError)]);
    expect((await memory.flowRuns()).map((run) => [run.state.name, run.sessionId])).toEqual([['NotReady', null]]);
  });

  test('is found again when its parent is called again, and runs when its upstream has completed by then', async () => {
    await using engine = await testEngine();
    let attempts = 0;
    const flaky = task('flaky', () => {
      attempts += 1;
      if (attempts < 3) throw broken;
      return attempts;
    });
    const child = flow('child', (n: number) => n * 10);
    const outer = flow({ name: 'outer', retries: 2 }, async () => await child(flaky.submit()));
    expect(await engine.run(() => outer())).toBe(30);
    const recorded = (await engine.runs()).filter((run) => run.name === 'child');
    expect(recorded.map((run) => run.state.name).sort()).toEqual(['Cancelled', 'Completed']);
  });
});

describe('a body that returns futures', () => {
  const slow = task('slow', async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return 'done';
  });

  test('fails with the error of the one that failed, once all have ended', async () => {
    await using memory = new MemoryEngine();
    const several = flow('several', async () => ({ values: [slow.submit(), failing.submit(), slow.submit()] }));
    const one = flow('one', async () => failing.submit());
    await expect(memory.run(() => several())).rejects.toBe(broken);
    expect((await memory.taskRuns()).map((run) => run.state.name).sort()).toEqual(['Completed', 'Completed', 'Failed']);
    await expect(memory.run(() => one())).rejects.toBe(broken);
    expect((await memory.flowRuns()).map((run) => run.state.name)).toEqual(['Failed', 'Failed']);
  });

  test('or states: these are data, and fail nothing', async () => {
    await using memory = new MemoryEngine();
    const looking = flow('looking', async () => [await failing.state()]);
    expect(await memory.run(() => looking())).toMatchObject([{ type: 'FAILED' }]);
    expect((await memory.flowRuns()).map((run) => run.state.name)).toEqual(['Completed']);
  });
});

test('a task with a run name of its arguments is left NotReady like any other', async () => {
  await using memory = new MemoryEngine();
  const after = task({ name: 'after', runName: 'of-{n}' }, (n: number) => n);
  const outer = flow('outer', async () => (await after.state(failing.submit())).name);
  expect(await memory.run(() => outer())).toBe('NotReady');
});

describe('calls of one name and different kinds', () => {
  test('do not share a key: none gives what another recorded', async () => {
    await using engine = await testEngine();
    const calls: string[] = [];
    const taskOfFlowsName = task('flow:child', () => calls.push('task'));
    const child = flow('child', () => calls.push('flow'));
    const done = task('done', () => {});
    let isSecond = false;
    const outer = flow('outer', async () => {
      // The other way around the second time: told apart by kind, not by order.
      const own = isSecond ? [child, taskOfFlowsName] : [taskOfFlowsName, child];
      for (const call of own) await call();
      await done();
    });
    engine.crashAfter('done');
    const result = engine.run(() => outer());
    await engine.settle();
    isSecond = true;
    await engine.restart();
    await result;
    expect(calls).toEqual(['task', 'flow']);
    const [run] = (await engine.runs()).filter(({ name }) => name === 'outer');
    expect(run?.state.name).toBe('Completed');
  });

  test('a task may be named as a wait or a step is', async () => {
    await using engine = await testEngine();
    const calls: string[] = [];
    const signal = task('signal:go', () => calls.push('task signal:go'));
    const stamp = task('stamp', () => calls.push('task stamp'));
    const done = task('done', () => {});
    let isSecond = false;
    const outer = flow('outer', async () => {
      const own = [
        () => signal(),
        () => waitForSignal('go', { timeout: 1 }).catch(() => calls.push('wait')),
        () => stamp(),
        () => step('stamp', () => calls.push('step stamp')),
      ];
      const values: unknown[] = [];
      for (const call of isSecond ? own.toReversed() : own) values.push(await call());
      await done();
      return isSecond ? values.toReversed() : values;
    });
    engine.crashAfter('done');
    const result = engine.run(() => outer());
    await engine.advance('1s');
    isSecond = true;
    await engine.restart();
    await engine.advance('1s');
    expect(await result).toEqual([1, 5, 3, 4]);
    expect(calls).toEqual(['task signal:go', 'wait', 'task stamp', 'step stamp', 'wait']);
  });
});

describe('a failed future in what a body gives', () => {
  const bodies: Readonly<Record<string, () => unknown>> = {
    'an object': () => ({ first: failing.submit(), second: [failing.submit()] }),
    'a list': () => [[failing.with({ name: 'mapped' }).submit()]],
    'what it yields': function* () {
      yield { part: failing.submit() };
    },
  };
  for (const [what, body] of Object.entries(bodies)) {
    test(`${what}: is the body’s failure, with the error that awaiting it gives`, async () => {
      await using memory = new MemoryEngine();
      for (const outer of [flow('outer', body), task('outer', body)]) {
        const state = await memory.run(() => outer.state());
        expect([state.name, state.error]).toEqual(['Failed', broken]);
        expect(state.error).toBe(broken);
      }
    });
  }
});

describe('waitFor', () => {
  test('waitFor orders whatever way a call is started, and takes the futures of a map', async () => {
    await using memory = new MemoryEngine();
    const order: string[] = [];
    const early = task('early', async (n: number) => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('early');
      return n;
    });
    const late = flow('late', (how: string) => void order.push(how));
    await memory.run(() =>
      flow('outer', async () => {
        const futures = early.map([1, 2]);
        const after = late.with({ waitFor: futures });
        const deep = late.with({ waitFor: [[futures], early(3)] });
        await Promise.all([after('call'), after.submit('submit'), after.map(['map']), deep('deep')]);
        await (await late.with({ waitFor: early.map([4]) }).start('start')).result();
      })(),
    );
    expect(order.slice(0, 3)).toEqual(['early', 'early', 'early']);
    expect(order.slice(3, 7).toSorted()).toEqual(['call', 'deep', 'map', 'submit']);
    expect(order.slice(7)).toEqual(['early', 'start']);
  });

  test('waitFor refuses what is no future of a run', () => {
    const any = task('any', () => 1);
    const whole = flow('whole', () => 1);
    for (const wrong of [[1], [Promise.resolve(1)], [[null]], { then: 1 }, 'text', 5, null, [new Map()]]) {
      expect(() => any.with({ waitFor: wrong as never })).toThrow(ConfigurationError);
      expect(() => whole.with({ waitFor: wrong as never })).toThrow(/waitFor of 'whole'/);
    }
  });
});
