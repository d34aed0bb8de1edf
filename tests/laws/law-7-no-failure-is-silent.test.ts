/** Law 7. No failure is silent, and every run that does not run can say why in one machine-readable reason. */
import type { WaitReason } from '@millrace/kernel';
import {
  concurrency,
  concurrencyLimit,
  flow,
  pause,
  runOf,
  sleep,
  suspend,
  task,
  UnobservedFailure,
  waitForSignal,
} from 'millrace';
import { describe, expect, test } from 'vitest';
import { MemoryEngine } from './in-memory-engine.ts';

const soon = { timeout: 5_000, interval: 5 };

async function flowWaits(memory: MemoryEngine): Promise<readonly (WaitReason | null)[]> {
  return (await memory.flowRuns()).map((run) => run.waiting);
}

async function taskWaits(memory: MemoryEngine): Promise<readonly (WaitReason | undefined)[]> {
  return (await memory.taskRuns()).map((run) => run.state.details?.reason);
}

describe('law 7: a run that does not run says why', () => {
  const until = expect.any(Number);
  const evicting = [
    ['asleep, and until when', async () => await sleep('1h'), { kind: 'sleep', until }],
    [
      'waiting for a signal, and for which',
      async () => await waitForSignal('go'),
      { kind: 'signal', name: 'go', until: null },
    ],
    ['suspended, and for what', async () => await suspend({ key: 'ask' }), { kind: 'input', key: 'ask', until: null }],
    [
      'paused, and until when',
      async () => await pause({ key: 'ask', timeout: '1h' }),
      { kind: 'input', key: 'ask', until },
    ],
  ] as const;

  test.each(evicting)('%s, parked or not', async (_, body, reason) => {
    for (const parkAfterMs of [5, 1_000_000]) {
      await using memory = new MemoryEngine({ parkAfterMs, idleTreesMax: 0, pollMs: 20 });
      const handle = await memory.run(() => flow('waiting', body).start());
      await expect.poll(() => taskWaits(memory), soon).toEqual([reason]);
      if (parkAfterMs === 5) {
        await expect.poll(async () => (await memory.flowRuns())[0]?.sessionId, soon).toBeNull();
        expect(await flowWaits(memory)).toEqual([reason]);
      }
      await handle.cancel();
    }
  });

  test('a task, or a flow, that is tried again later, and when', async () => {
    await using memory = new MemoryEngine();
    const fails = (): never => {
      throw new Error('not yet');
    };
    const flaky = task({ name: 'flaky', retries: 1, retryDelay: '1h' }, fails);
    const first = await memory.run(() => flow('outer', async () => await flaky()).start());
    await expect.poll(() => taskWaits(memory), soon).toEqual([{ kind: 'retry', until }]);
    await first.cancel();
    const second = await memory.run(() => flow({ name: 'flaky-flow', retries: 1, retryDelay: '1h' }, fails).start());
    await expect.poll(async () => (await flowWaits(memory)).at(-1), soon).toEqual({ kind: 'retry', until });
    await second.cancel();
    expect((await memory.flowRuns()).map(({ state }) => state.name)).toEqual(['Cancelled', 'Cancelled']);
  });

  test('a task that waits for a slot of its tag, who holds it, and is cancelled like any other', async () => {
    await using memory = new MemoryEngine();
    const gate = Promise.withResolvers<void>();
    const limited = task({ name: 'limited', tags: ['db'] }, async (_: number) => await gate.promise);
    await memory.run(async () => {
      await concurrencyLimit.set('tag:db', { limit: 1 });
      const handle = await flow('outer', async () => {
        const [first, second, third] = limited.map([1, 2, 3]);
        await expect
          .poll(async () => (await taskWaits(memory)).filter((reason) => reason !== undefined), soon)
          .toEqual(Array(2).fill({ kind: 'limit', name: 'tag:db', heldBy: [expect.any(String)] }));
        const waiting = (await memory.taskRuns()).filter(({ state }) => state.name === 'AwaitingConcurrencySlot');
        const future = [first, second, third].find((candidate) => candidate?.id === waiting[0]?.id);
        future?.cancel('no longer wanted');
        expect(await future?.wait()).toMatchObject({ name: 'Cancelled' });
        gate.resolve();
        await Promise.allSettled([first, second, third]);
      }).start();
      await handle.result();
    });
    expect((await memory.taskRuns()).map(({ state }) => state.name).toSorted()).toEqual([
      'Cancelled',
      'Completed',
      'Completed',
    ]);
  });

  test('a flow that waits for its own limit, and is cancelled there for good', async () => {
    await using memory = new MemoryEngine();
    const gate = Promise.withResolvers<void>();
    const single = flow({ name: 'single', concurrency: 1 }, async (_: number) => await gate.promise);
    await memory.run(async () => {
      const first = await single.start(1);
      await expect.poll(async () => (await first.state()).name, soon).toBe('Running');
      const second = await single.start(2);
      const third = await single.start(3);
      const reason = { kind: 'limit', name: 'flow:single', heldBy: [first.id] };
      await expect.poll(() => flowWaits(memory), soon).toEqual([null, reason, reason]);
      await second.cancel('enough');
      expect((await second.state()).name).toBe('Cancelled');
      gate.resolve();
      await Promise.all([first.result(), third.result()]);
    });
    expect((await memory.flowRuns()).map(({ state }) => state.name)).toEqual(['Completed', 'Cancelled', 'Completed']);
    expect(await flowWaits(memory)).toEqual([null, null, null]);
  });

  test('a retry that waits holds no slot', async () => {
    await using memory = new MemoryEngine();
    let failed = false;
    const flaky = task({ name: 'flaky', tags: ['db'], retries: 1, retryDelay: 300 }, () => {
      if (failed) return 'second';
      failed = true;
      throw new Error('not yet');
    });
    const other = task({ name: 'other', tags: ['db'] }, () => 'other');
    const order: string[] = [];
    await memory.run(async () => {
      await concurrencyLimit.set('tag:db', { limit: 1 });
      await flow('outer', async () => {
        const retried = flaky.submit();
        await expect.poll(() => taskWaits(memory), soon).toEqual([{ kind: 'retry', until }]);
        order.push(await other());
        order.push(await retried);
      })();
    });
    expect(order).toEqual(['other', 'second']);
    const [record] = await memory.taskRuns();
    expect(record?.history.map(({ name }) => name)).toContain('Retrying');
  });

  test('a task whose upstream failed, and which it was', async () => {
    await using memory = new MemoryEngine();
    const bad = task('bad', (): number => {
      throw new TypeError('up');
    });
    const next = task('next', (n: number) => n);
    await memory.run(() =>
      flow('outer', async () => {
        await next(bad.submit()).catch(() => 'seen');
      })(),
    );
    const [failed, waiting] = (await memory.taskRuns()).toSorted((a, b) => (a.taskKey < b.taskKey ? -1 : 1));
    expect(waiting?.state).toMatchObject({
      name: 'NotReady',
      details: { reason: { kind: 'upstream', runId: failed?.id } },
    });
  });
});

describe('law 7: no failure is silent', () => {
  const bad = task('bad', async (n: number) => {
    throw new RangeError(`nobody looks at ${n}`);
  });

  test('children that failed and that nobody looked at fail their flow, by name', async () => {
    await using memory = new MemoryEngine();
    const careless = flow('careless', async () => {
      bad.map([1, 2]);
      return 'fine';
    });
    const error: unknown = await memory.run(() => careless()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnobservedFailure);
    const { details, cause } = error as UnobservedFailure;
    expect(cause).toBeInstanceOf(RangeError);
    expect(details.runs).toMatchObject([{ message: 'nobody looks at 1' }, { message: 'nobody looks at 2' }]);
    expect((await memory.flowRuns())[0]?.state).toMatchObject({
      name: 'Failed',
      message: expect.stringContaining('bad'),
    });
  });

  test('they are told by what they threw, also where that is no error', async () => {
    await using memory = new MemoryEngine();
    const refuse = task('refuse', () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a careless library throws
      throw { status: 409, why: 'taken' };
    });
    const careless = flow('careless', async () => {
      refuse.submit();
      return 'fine';
    });
    const error = (await memory.run(() => careless()).catch((reason: unknown) => reason)) as UnobservedFailure;
    expect(error.message).toContain("({ status: 409, why: 'taken' })");
    expect(error.details.runs).toMatchObject([{ message: "{ status: 409, why: 'taken' }" }]);
  });

  test('so does a child of a task, through all levels', async () => {
    await using memory = new MemoryEngine();
    const middle = task('middle', async () => {
      bad.submit(3);
      return 'fine';
    });
    const outer = flow('outer', async () => await middle());
    const error: unknown = await memory.run(() => outer()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnobservedFailure);
    expect(runOf(error)?.definitionName).toBe('middle');
    expect((await memory.taskRuns()).map(({ state }) => state.name)).toEqual(['Failed', 'Failed']);
  });

  test('what a hook throws is told with the run', async () => {
    await using memory = new MemoryEngine();
    const onCompletion = (): void => {
      throw new Error('the hook broke');
    };
    const hooked = task({ name: 'hooked', onCompletion }, () => 1);
    expect(await memory.run(() => flow('outer', async () => await hooked())())).toBe(1);
    const [run] = await memory.flowRuns();
    const { runs } = await memory.engine.ledger();
    expect((await runs.logs({ flowRunId: run?.id ?? '' })).map(({ message }) => message).join()).toContain(
      'the hook broke',
    );
  });

  test('a body that waits for a slot says so in its log', async () => {
    await using memory = new MemoryEngine();
    const gate = Promise.withResolvers<void>();
    const using = task('using', async (n: number) => {
      await concurrency('db', async () => {
        if (n === 1) await gate.promise;
      });
    });
    await memory.run(async () => {
      await concurrencyLimit.set('db', { limit: 1 });
      await flow('outer', async () => {
        const first = using.submit(1);
        await expect.poll(async () => (await concurrencyLimit.get('db'))?.occupied, soon).toBe(1);
        const second = using.submit(2);
        const { runs } = await memory.engine.ledger();
        const lines = async (): Promise<readonly string[]> =>
          (await runs.logs({ taskRunId: second.id })).map(({ message }) => message);
        await expect.poll(lines, soon).toEqual([`Waits for a slot of 'db', held by ${first.id}.`]);
        gate.resolve();
        await Promise.all([first, second]);
      })();
    });
  });
});
