/** The things around a run: hooks, run names, artifacts, transactions without a section, scopes that are cancelled. */
import {
  artifact,
  ConfigurationError,
  context,
  flow,
  race,
  type RunCrashed,
  resume,
  type RunView,
  scope,
  serve,
  sleep,
  type State,
  tags,
  task,
  transaction,
  UnobservedFailure,
} from 'millrace';
import { testEngine } from 'millrace/testing';
import { describe, expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

const broken = new Error('broken');

describe('hooks', () => {
  test('see how the run ended: its value, or its error', async () => {
    await using memory = new MemoryEngine();
    const seen: unknown[] = [];
    const reported = (_run: unknown, state: State): void => {
      seen.push(state.type, state.type === 'COMPLETED' ? state.result() : state.error);
    };
    const hooks = { onRunning: reported, onCompletion: reported, onFailure: reported };
    const good = task({ name: 'good', ...hooks }, () => 42);
    const bad = flow({ name: 'bad', ...hooks }, () => {
      throw broken;
    });
    await memory.run(() => good());
    await memory.run(() => bad.state());
    expect(seen).toEqual(['RUNNING', undefined, 'COMPLETED', 42, 'RUNNING', undefined, 'FAILED', broken]);
  });

  test('see why it was cancelled', async () => {
    await using memory = new MemoryEngine();
    const seen: unknown[] = [];
    const waiting = task(
      { name: 'waiting', onCancellation: (_run, state) => void seen.push(state.error) },
      async (_: number, { signal }: { signal: AbortSignal }) =>
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const outer = flow('outer', async () => {
      const future = waiting.submit(1);
      future.cancel('enough');
      await future.wait();
    });
    await memory.run(() => outer());
    expect(seen).toEqual([expect.objectContaining({ code: 'RunCancelled' })]);
  });
});

test('onCrashed of a flow is called by a process that serves other flows and finds its process dead', async () => {
  await using engine = await testEngine();
  const seen: unknown[] = [];
  const onCrashed = (run: RunView, state: State): void =>
    void seen.push([run.definitionName, state.type, (state.error as RunCrashed).code]);
  const doomed = flow({ name: 'doomed', onCrashed }, async () => await sleep('1h'));
  const other = flow('other', () => 1);
  const stop = new AbortController();
  let isSecond = false;
  const result = engine.run(async () => {
    if (isSecond) await serve(other, { signal: stop.signal });
    else await doomed();
  });
  await engine.settle();
  isSecond = true;
  await engine.restart();
  await engine.advance('5m');
  // Its server may be back: MILLRACE_ORPHAN_GRACE is 10 minutes.
  expect(seen).toEqual([]);
  await engine.advance('10m');
  expect(seen).toEqual([['doomed', 'CRASHED', 'RunCrashed']]);
  stop.abort();
  await engine.advance('1m');
  await result;
});

test('a race of what is no future is refused', async () => {
  await using memory = new MemoryEngine();
  const outer = flow('outer', () => race([Promise.resolve(1)] as never));
  await expect(memory.run(() => outer())).rejects.toThrow(ConfigurationError);
});

describe('tags()', () => {
  const leaf = task({ name: 'leaf', tags: ['io'] }, () => 1);
  const tree = flow('tree', async () => await tags('inner', () => leaf()));

  test('around a call outside any run go to all that it starts, and to nothing else', async () => {
    await using memory = new MemoryEngine();
    await memory.run(async () => {
      await tags(['nightly', 'eu'], () => tags('eu', () => tree()));
      await tags('alone', async () => await leaf());
      await tree();
    });
    const sorted = (runs: readonly { readonly tags: readonly string[] }[]) => runs.map((run) => run.tags.toSorted());
    expect(sorted(await memory.flowRuns())).toEqual([['eu', 'nightly'], []]);
    expect(sorted(await memory.taskRuns())).toEqual([
      ['eu', 'inner', 'io', 'nightly'],
      ['alone', 'io'],
      ['inner', 'io'],
    ]);
  });

  test('go on with a run that another process takes up', async () => {
    await using engine = await testEngine();
    const wakes = flow('wakes', async () => {
      await sleep('1h');
      return context().tags;
    });
    const handle = await engine.run(() => tags('nightly', () => wakes.start()));
    await engine.restart();
    await engine.advance('2h');
    const again = await engine.run(() => resume(handle.id).catch(() => null));
    expect(await (again ?? handle).result()).toEqual(['nightly']);
  });
});

describe('a function that names runs', () => {
  test("knows the flow run that it names, and a task's flow run", async () => {
    await using memory = new MemoryEngine();
    const inner = task(
      { name: 'inner', runName: ({ taskRun, flowRun }) => `${taskRun?.definitionName}-of-${flowRun?.name}` },
      () => 1,
    );
    const outer = flow(
      {
        name: 'outer',
        tags: ['t'],
        runName: ({ parameters, flowRun, tags }) => `${flowRun?.definitionName}-${parameters.day}-${tags.join()}`,
      },
      async (_day: string) => await inner(),
    );
    const named = flow({ name: 'named', runName: ({ parameters }) => `for-${parameters.day}` }, (day: string) => day);
    await memory.run(() => flow('top', async () => [await outer('mo'), await named('tu')])());
    expect((await memory.flowRuns()).map((run) => run.name)).toEqual([
      expect.any(String),
      expect.stringMatching(/^outer-.*-t$/),
      'for-tu',
    ]);
    expect((await memory.taskRuns())[0]?.name).toMatch(/^inner-of-outer-/);
  });

  test("is given the task's own parameters, whose body sees the flow's", async () => {
    await using memory = new MemoryEngine();
    const load = task({ name: 'load', runName: ({ parameters }) => `load-${parameters.region}` }, (region: string) => ({
      region,
      ...context().parameters,
    }));
    expect(await memory.run(() => flow('etl', async (_day: string) => await load('eu'))('mo'))).toEqual({
      region: 'eu',
      _day: 'mo',
    });
    await memory.run(() => task({ name: 'l', runName: ({ parameters }) => `l-${parameters.n}` }, (n: number) => n)(7));
    expect((await memory.taskRuns()).map((run) => run.name)).toEqual(['load-eu', 'l-7']);
  });

  test('must give a text', async () => {
    await using memory = new MemoryEngine();
    const wrong = (() => 5) as unknown as () => string;
    await expect(memory.run(() => flow({ name: 'f', runName: wrong }, () => 1)())).rejects.toThrow(ConfigurationError);
    await expect(memory.run(() => task({ name: 't', runName: wrong }, () => 1)())).rejects.toThrow(ConfigurationError);
  });
});

test('an artifact that is refused rejects, and does not throw', async () => {
  await using memory = new MemoryEngine();
  const refused = memory.run(() => [
    artifact.link({ link: 'javascript:alert(1)' }),
    artifact.image({ imageUrl: 'file:///etc/passwd' }),
    artifact.progress({ progress: 101 }),
  ]);
  for (const promise of refused) await expect(promise).rejects.toThrow(ConfigurationError);
});

describe('transactions', () => {
  test('a task outside any is one of its own: it commits when it has completed', async () => {
    await using memory = new MemoryEngine();
    const log: string[] = [];
    const write = task(
      {
        name: 'write',
        onCommit: [() => void log.push('commit'), () => Promise.reject(broken)],
        onRollback: () => void log.push('rollback'),
      },
      (fails: boolean) => {
        if (fails) throw broken;
      },
    );
    await memory.run(() => flow('outer', async () => [await write(false), await write.state(true)])());
    expect(log).toEqual(['commit']);
    expect((await memory.taskRuns()).map((run) => run.state.name)).toEqual(['Completed', 'Failed']);
  });

  test('an isolation that there is not is refused', async () => {
    await using memory = new MemoryEngine();
    const outer = flow('outer', () => transaction({ key: 'k', isolation: 'none' as 'serializable' }, () => 1));
    await expect(memory.run(() => outer())).rejects.toThrow(ConfigurationError);
  });
});

test('a child that was cancelled by the scope itself is no failure of it', async () => {
  await using memory = new MemoryEngine();
  const waiting = task(
    'waiting',
    async (_: number, { signal }: { signal: AbortSignal }) =>
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  const outer = flow('outer', () =>
    scope(async (own) => {
      waiting.submit(1);
      waiting.submit(2).cancel();
      own.cancel('seen enough');
      return 'enough';
    }),
  );
  expect(await memory.run(() => outer())).toBe('enough');
  expect((await memory.taskRuns()).map((run) => run.state.name)).not.toContain('Failed');
});

test('a scope that lets its children end tells of every failure that nobody looked at', async () => {
  await using memory = new MemoryEngine();
  const fails = task('fails', (what: string) => {
    throw new Error(what);
  });
  const seenThenNot = flow('seenThenNot', () =>
    scope(
      async () => {
        await fails('seen').catch(() => {});
        fails.submit('unseen');
      },
      { onFailure: 'wait' },
    ),
  );
  await expect(memory.run(() => seenThenNot())).rejects.toThrow('unseen');
  const both = flow('both', () => scope(() => void fails.map(['one', 'two']), { onFailure: 'wait' }));
  await expect(memory.run(() => both())).rejects.toBeInstanceOf(UnobservedFailure);
});
