/** Cancellation ends a run whatever of the user's it waits in, and a flow's time is that of all it started. */
import { flow, sleep, step, type Task, task, type TaskContext } from 'millrace';
import { describe, expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

const never = (): Promise<never> => new Promise(() => {});
const fails = (): never => {
  throw new Error('no');
};
/** A function that never ends, and a promise of its first call. */
function endless() {
  const reached = Promise.withResolvers<void>();
  const call = (): Promise<never> => {
    reached.resolve();
    return never();
  };
  return { call, reached: reached.promise };
}

describe('a cancelled run ends though', () => {
  type Endless = ReturnType<typeof endless>['call'];
  const cases: readonly (readonly [string, (call: Endless) => Task<[], unknown>, string])[] = [
    ['its hook never does', (call) => task({ name: 'hooked', onRunning: call }, () => 1), 'CANCELLED'],
    // The body has failed by then.
    ['retryWhen never answers', (call) => task({ name: 'asked', retries: 1, retryWhen: call }, fails), 'FAILED'],
    // A result that can't be stored is a failure.
    [
      'its storage never does',
      (call) => task({ name: 'stored', storage: { name: 'stuck', put: call, get: async () => undefined } }, () => 1),
      'FAILED',
    ],
    ['the hook for its end never does', (call) => task({ name: 'ended', onCancellation: never }, call), 'CANCELLED'],
  ];
  test.each(cases)('%s', async (_, make, ending) => {
    await using memory = new MemoryEngine({ cancelGraceMs: 30 });
    const { call, reached } = endless();
    const stuckTask = make(call);
    const outer = flow({ name: 'outer', unobserved: 'ignore' }, async () => {
      const future = stuckTask.submit();
      await reached;
      future.cancel();
      await future.wait();
      return future.state.type;
    });
    expect(await memory.run(() => outer())).toBe(ending);
  });

  test('its hook for a timeout never does', async () => {
    await using memory = new MemoryEngine({ cancelGraceMs: 30 });
    const { call, reached } = endless();
    const hooked = flow({ name: 'hooked', timeout: 30, onFailure: call }, never);
    const handle = await memory.run(() => hooked.start());
    await reached;
    await handle.cancel();
    expect((await handle.state()).name).toBe('TimedOut');
  });

  test('its schema never answers', async () => {
    await using memory = new MemoryEngine({ cancelGraceMs: 30 });
    const { call, reached } = endless();
    const input = { '~standard': { version: 1, vendor: 'test', validate: call } } as const;
    const validated = flow({ name: 'validated', input: input as never }, () => 1);
    const result = memory.run(() => (validated as unknown as () => Promise<number>)()).catch((error: unknown) => error);
    await reached;
    await memory.engine.cancelAll('enough');
    expect(await result).toMatchObject({ code: 'RunCancelled' });
  });
});

test("a flow's timeout covers what its body started and left", async () => {
  await using memory = new MemoryEngine({ cancelGraceMs: 30 });
  const slow = task('slow', never);
  const left = flow({ name: 'left', timeout: 50 }, async () => void slow.submit());
  expect((await memory.run(() => left.state())).name).toBe('TimedOut');
});

test('nothing begins once the process is told to stop', async () => {
  await using memory = new MemoryEngine({ cancelGraceMs: 30 });
  const started: number[] = [];
  const waits = flow('waits', async (n: number) => {
    started.push(n);
    await never();
  });
  const first = memory.run(() => waits(1)).catch(() => memory.run(() => waits.state(2)));
  await expect.poll(() => started).toEqual([1]);
  const reason = 'terminated';
  memory.engine.stopping = { cancels: true, reason, cause: new Error(reason) };
  await memory.engine.cancelAll(reason);
  expect((await first) as unknown).toMatchObject({ name: 'Cancelled' });
  expect(started).toEqual([1]);
  expect((await memory.flowRuns()).map((run) => run.state.name)).toEqual(['Cancelled']);
});

test('the hook of a flow that was parked calls tasks', async () => {
  await using memory = new MemoryEngine({ parkAfterMs: 5, idleTreesMax: 0, pollMs: 20 });
  const reported: string[] = [];
  const report = task('tell', (what: string) => void reported.push(what));
  const inner = flow(
    { name: 'inner', onCompletion: async () => void (await report('inner')) },
    async () => await sleep(30),
  );
  const outer = flow({ name: 'outer', onCompletion: async () => void (await report('outer')) }, async () => {
    await sleep(200);
    return (await inner.start()).id;
  });
  await memory.run(() => outer());
  await expect.poll(() => reported.toSorted()).toEqual(['inner', 'outer']);
});

const late = ['timeout', 'cancel'] as const;

test.each(late)('what a body calls in the grace after its %s does not begin', async (how) => {
  await using memory = new MemoryEngine({ cancelGraceMs: 500 });
  const started: string[] = [];
  const again = task('again', (n: number) => void started.push(`task ${n}`));
  const below = flow('below', () => void started.push('flow'));
  const refused: string[] = [];
  const calls = async (): Promise<void> => {
    const attempts = [again(0), below(), step('a-step', () => void started.push('step')), again.map([1, 2])];
    for (const attempt of attempts)
      await Promise.resolve(attempt).catch((error: Error) => void refused.push(error.name));
  };
  const slow = task(
    { name: 'slow', ...(how === 'timeout' ? { timeout: 30 } : {}) },
    async (_: number, { signal }: TaskContext) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await calls();
    },
  );
  const outer = flow({ name: 'outer', unobserved: 'ignore' }, async () => {
    const future = slow.submit(1);
    if (how === 'cancel') setImmediate(() => future.cancel());
    await future.wait();
    return future.state.name;
  });
  expect(await memory.run(() => outer())).toBe(how === 'timeout' ? 'TimedOut' : 'Cancelled');
  expect(started).toEqual([]);
  expect(refused).toEqual(Array(4).fill('RunCancelled'));
  const ends = ['TimedOut', 'Cancelled', 'Completed'];
  const left = (await memory.taskRuns()).filter(({ state }) => !ends.includes(state.name));
  expect(left).toEqual([]);
});
