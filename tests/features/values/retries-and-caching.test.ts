/** Retries, timeouts, hooks, caching, results and transactions, as a user meets them. */
import { flow, inputs, logger, none, runOf, step, type Storage, task, transaction } from 'millrace';
import {
  ConfigurationError,
  NonRetryable,
  NotSerializable,
  ParameterError,
  ResultTooLarge,
  RollbackError,
  RunTimedOut,
} from 'millrace';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

describe('retries', () => {
  test('a body is called again until it succeeds, and each attempt is in the history', async () => {
    await using memory = new MemoryEngine();
    let calls = 0;
    const flaky = task({ name: 'flaky', retries: 3, retryDelay: [1, 2] }, () => {
      calls += 1;
      if (calls < 3) throw new Error(`call ${calls}`);
      return calls;
    });
    expect(await memory.run(() => flow('outer', () => flaky())())).toBe(3);
    const [record] = await memory.taskRuns();
    expect(record?.runCount).toBe(3);
    expect(record?.history.map((state) => state.name)).toEqual([
      'Pending',
      'Running',
      'AwaitingRetry',
      'Retrying',
      'AwaitingRetry',
      'Retrying',
    ]);
  });

  test('NonRetryable and retryWhen stop them', async () => {
    await using memory = new MemoryEngine();
    let calls = 0;
    const fatal = task({ name: 'fatal', retries: 5 }, () => {
      calls += 1;
      throw new NonRetryable('no use');
    });
    await expect(memory.run(() => fatal())).rejects.toThrow('no use');
    const picky = task({ name: 'picky', retries: 5, retryWhen: (error) => error instanceof TypeError }, () => {
      calls += 1;
      throw new RangeError('not a TypeError');
    });
    await expect(memory.run(() => picky())).rejects.toThrow(RangeError);
    expect(calls).toBe(2);
  });

  test("a flow's retry keeps its completed children and tries the failed ones again", async () => {
    await using memory = new MemoryEngine();
    const calls: string[] = [];
    const good = task('good', () => {
      calls.push('good');
      return 1;
    });
    const bad = task('bad', () => {
      calls.push('bad');
      if (calls.filter((name) => name === 'bad').length === 1) throw new Error('first time');
      return 2;
    });
    const outer = flow({ name: 'outer', retries: 1 }, async () => (await good()) + (await bad()));
    expect(await memory.run(() => outer())).toBe(3);
    expect(calls).toEqual(['good', 'bad', 'bad']);
    const [record] = await memory.flowRuns();
    expect(record?.runCount).toBe(2);
  });

  test("a task's retry starts its children afresh", async () => {
    await using memory = new MemoryEngine();
    let inner = 0;
    const child = task('child', () => {
      inner += 1;
      return inner;
    });
    const parent = task({ name: 'parent', retries: 1 }, async () => {
      const value = await child();
      if (value === 1) throw new Error('again');
      return value;
    });
    expect(await memory.run(() => flow('outer', () => parent())())).toBe(2);
  });

  test('timeouts use up retries', async () => {
    await using memory = new MemoryEngine();
    let calls = 0;
    const slow = task(
      { name: 'slow', timeout: 10, retries: 1 },
      async (_: number, { signal }: { signal: AbortSignal }) => {
        calls += 1;
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    );
    await expect(memory.run(() => slow(1))).rejects.toBeInstanceOf(RunTimedOut);
    expect(calls).toBe(2);
  });
});

describe('values and parameters', () => {
  test('rich values come back as they were', async () => {
    await using memory = new MemoryEngine();
    const value = {
      at: new Date(0),
      map: new Map([['a', 1n]]),
      set: new Set([1]),
      url: new URL('https://example.com/'),
      bytes: new Uint8Array([1, 2]),
      nothing: undefined,
    };
    const make = task('make', () => value);
    const outer = flow({ name: 'outer', retries: 1 }, async () => {
      const made = await make();
      await step('once', () => {});
      return made;
    });
    expect(await memory.run(() => outer())).toEqual(value);
  });

  test('a value that cannot be stored fails its task, names the path and is not retried', async () => {
    await using memory = new MemoryEngine();
    let calls = 0;
    const leaky = task({ name: 'leaky', retries: 3 }, () => {
      calls += 1;
      return { user: { socket: () => {} } };
    });
    const error: unknown = await memory.run(() => leaky()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotSerializable);
    expect((error as NotSerializable).details.path).toBe('result.user.socket');
    expect(calls).toBe(1);
  });

  test('a child flow whose value was not stored is called again by a retry', async () => {
    await using memory = new MemoryEngine();
    let calls = 0;
    const unkept = flow({ name: 'unkept', persistResult: false }, () => {
      calls += 1;
      return () => calls;
    });
    const outer = flow({ name: 'outer', retries: 1 }, async () => {
      const count = await unkept();
      if (count() === 1) throw new Error('again');
      return count();
    });
    expect(await memory.run(() => outer())).toBe(2);
  });

  test('persistResult: false lets any value pass', async () => {
    await using memory = new MemoryEngine();
    const connect = task({ name: 'connect', persistResult: false }, () => ({ query: (n: number) => n * 2 }));
    const outer = flow('outer', async () => (await connect()).query(4));
    expect(await memory.run(() => outer())).toBe(8);
  });

  test('a result over the cap is terminal', async () => {
    await using memory = new MemoryEngine({ resultBytesMax: 100 });
    let calls = 0;
    const large = task({ name: 'large', retries: 3 }, () => {
      calls += 1;
      return 'x'.repeat(1_000);
    });
    await expect(memory.run(() => large())).rejects.toBeInstanceOf(ResultTooLarge);
    expect(calls).toBe(1);
  });

  test('parameters that the schema refuses begin no run', async () => {
    await using memory = new MemoryEngine();
    const typed = flow(
      { name: 'typed', input: z.object({ count: z.coerce.number().min(1) }) },
      async ({ count }) => count + 1,
    );
    expect(await memory.run(() => typed({ count: '3' }))).toBe(4);
    const error: unknown = await memory.run(() => typed({ count: 0 })).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ParameterError);
    expect((error as ParameterError).issues[0]?.path).toBe('count');
    expect(await memory.flowRuns()).toHaveLength(1);
  });

  test('what an input schema gives is an object: nothing else could be told from its parameters later', async () => {
    await using memory = new MemoryEngine();
    const typed = flow({ name: 'typed', input: z.any() }, () => 1);
    for (const given of [1, null, [1], 'text', undefined])
      await expect(memory.run(() => typed(given))).rejects.toBeInstanceOf(ParameterError);
  });

  test('a run that was refused before it began has failed, to those who ask for its state', async () => {
    await using memory = new MemoryEngine();
    const typed = flow({ name: 'typed', input: z.object({ n: z.number() }) }, () => 1);
    const unnamed = task({ name: 'unnamed', runName: '{nothing}' }, () => 1);
    const states = [await memory.run(() => typed.state({ n: 'x' as never })), await memory.run(() => unnamed.state())];
    expect(states.map(({ type, name }) => [type, name])).toEqual([
      ['FAILED', 'Failed'],
      ['FAILED', 'Failed'],
    ]);
    expect(states.map((state) => state.error)).toEqual([expect.any(ParameterError), expect.any(ConfigurationError)]);
  });

  test('runOf tells which run an error came from', async () => {
    await using memory = new MemoryEngine();
    const bad = task({ name: 'bad', runName: 'bad-{n}' }, (n: number) => {
      throw new Error(`no ${n}`);
    });
    const error: unknown = await memory
      .run(() => flow('outer', async () => await bad(7))())
      .catch((reason: unknown) => reason);
    expect(runOf(error)).toMatchObject({ name: 'bad-7', kind: 'task' });
  });

  test('runOf of an error that is thrown again tells the run of this time', async () => {
    await using memory = new MemoryEngine();
    const kept = new Error('kept');
    const bad = task({ name: 'bad', runName: 'bad-{_n}' }, (_n: number) => {
      throw kept;
    });
    for (const n of [1, 2]) {
      const error: unknown = await memory.run(() => flow('outer', () => bad(n))()).catch((reason: unknown) => reason);
      expect(error).toBe(kept);
      expect(runOf(error)?.name).toBe(`bad-${n}`);
    }
  });

  test('a storage and a serializer of one’s own are used', async () => {
    await using memory = new MemoryEngine();
    const kept = new Map<string, string>();
    const storage: Storage = {
      name: 'kept',
      put: async (key, text) => void kept.set(key, text),
      get: async (key) => kept.get(key),
    };
    const make = task({ name: 'make', storage }, () => ({ a: 1 }));
    const outer = flow({ name: 'outer', retries: 1 }, async () => {
      const value = await make();
      if ((await memory.taskRuns()).length === 1 && kept.size === 1 && !kept.has('seen')) {
        kept.set('seen', '');
        throw new Error('again');
      }
      return value;
    });
    expect(await memory.run(() => outer())).toEqual({ a: 1 });
    expect(kept.size).toBe(2);
  });
});

describe('caching', () => {
  test('equal inputs give the cached value, and the run says Cached', async () => {
    await using memory = new MemoryEngine();
    let calls = 0;
    const load = task({ name: 'load', cache: inputs() }, async (key: string) => {
      calls += 1;
      return `${key}!`;
    });
    const outer = flow('outer', async () => [await load('a'), await load('a'), await load('b')]);
    expect(await memory.run(() => outer())).toEqual(['a!', 'a!', 'b!']);
    expect(await memory.run(() => outer())).toEqual(['a!', 'a!', 'b!']);
    expect(calls).toBe(2);
    expect((await memory.taskRuns()).map((run) => run.state.name)).toEqual([
      'Completed',
      'Cached',
      'Completed',
      'Cached',
      'Cached',
      'Cached',
    ]);
  });

  test('one key is computed once, however many ask at the same time', async () => {
    await using memory = new MemoryEngine();
    let calls = 0;
    const load = task({ name: 'load', cacheKey: () => 'one' }, async (_: number) => {
      calls += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return calls;
    });
    const outer = flow('outer', async () => await load.map([1, 2, 3, 4, 5]));
    expect(await memory.run(() => outer())).toEqual([1, 1, 1, 1, 1]);
    expect(calls).toBe(1);
  });
});

describe('hooks and logs', () => {
  test('hooks are told of states in order, and what they throw changes nothing', async () => {
    await using memory = new MemoryEngine();
    const reported: string[] = [];
    const report = (what: string) => (_: { name: string }, state: { name: string }) =>
      void reported.push(`${what}:${state.name}`);
    const bad = task(
      {
        name: 'bad',
        retries: 1,
        onRunning: report('running'),
        onFailure: [
          report('failed'),
          () => {
            throw new Error('hook');
          },
        ],
      },
      () => {
        throw new Error('no');
      },
    );
    const outer = flow(
      { name: 'outer', onRunning: report('flow'), onFailure: report('flow'), onCompletion: report('flow') },
      async () => await bad(),
    );
    await expect(memory.run(() => outer())).rejects.toThrow('no');
    expect(reported).toEqual(['flow:Running', 'running:Running', 'running:Retrying', 'failed:Failed', 'flow:Failed']);
  });

  test('log lines are recorded with their run', async () => {
    await using memory = new MemoryEngine();
    const chatty = task('chatty', (n: number) => logger().info('loaded %d rows', n));
    await memory.run(() =>
      flow('outer', async () => {
        logger().warn('starting');
        await chatty(3);
      })(),
    );
    const { runs } = await memory.engine.ledger();
    const [run] = await memory.flowRuns();
    const lines = await runs.logs({ flowRunId: run?.id ?? '' });
    expect(lines.map((line) => [line.level, line.message])).toEqual([
      [30, 'starting'],
      [20, 'loaded 3 rows'],
    ]);
  });

  test('logPrints records the console too', async () => {
    await using memory = new MemoryEngine();
    const outer = flow({ name: 'outer', logPrints: true }, () => console.log('hello', 1));
    await memory.run(() => outer());
    const { runs } = await memory.engine.ledger();
    const [run] = await memory.flowRuns();
    expect((await runs.logs({ flowRunId: run?.id ?? '' })).map((line) => line.message)).toEqual(['hello 1']);
  });
});

test('what no retry helps is not tried again, in a flow either', async () => {
  await using memory = new MemoryEngine();
  let calls = 0;
  const refuse = (): never => {
    calls += 1;
    throw new NonRetryable('no');
  };
  await expect(memory.run(() => flow({ name: 'f', retries: 3 }, refuse)())).rejects.toThrow(NonRetryable);
  await expect(memory.run(() => task({ name: 't', retries: 3 }, refuse)())).rejects.toThrow(NonRetryable);
  expect(calls).toBe(2);
});

test('a task whose value is not stored can’t be cached, and says so', () => {
  for (const cached of [{ cache: inputs() }, { cacheKey: () => 'key' }]) {
    expect(() => task({ name: 'unkept', persistResult: false, ...cached }, () => 1)).toThrow(ConfigurationError);
    const kept = task({ name: 'kept', ...cached }, () => 1);
    expect(() => kept.with({ persistResult: false })).toThrow("'kept'");
  }
  expect(task({ name: 'never', persistResult: false, cache: none() }, () => 1).taskName).toBe('never');
});

test('a cache key or a serialized value that is no text is refused', async () => {
  await using memory = new MemoryEngine();
  const untyped = (value: unknown): never => value as never;
  const serializer = { name: 'odd', serialize: () => untyped({}), deserialize: () => 1 };
  const refused = [
    task({ name: 'number', cacheKey: () => untyped(5) }, () => 1),
    task({ name: 'promise', cacheKey: () => untyped(Promise.resolve('key')) }, () => 1),
    task({ name: 'odd', serializer }, () => 1),
  ];
  for (const call of refused) await expect(memory.run(() => call())).rejects.toThrow(ConfigurationError);
  expect(await memory.run(() => task({ name: 'null', cacheKey: () => untyped(null) }, () => 1)())).toBe(1);
});

describe('transactions', () => {
  test('rollback hooks run last first, and the tasks say RolledBack', async () => {
    await using memory = new MemoryEngine();
    const done: string[] = [];
    const write = task(
      {
        name: 'write',
        onRollback: (tx) => void done.push(`undo ${String(tx.get('table'))}`),
        onCommit: () => void done.push('commit'),
      },
      (n: number) => n,
    );
    const outer = flow('outer', async () => {
      await transaction({}, async (tx) => {
        tx.set('table', 'orders');
        await write(1);
        await write(2);
        throw new Error('half way');
      });
    });
    await expect(memory.run(() => outer())).rejects.toThrow('half way');
    expect(done).toEqual(['undo orders', 'undo orders']);
    expect((await memory.taskRuns()).map((run) => run.state.name)).toEqual(['RolledBack', 'RolledBack']);
  });

  test('a rollback hook that fails is no secret: the others run, and the error names what may still stand', async () => {
    await using memory = new MemoryEngine();
    const undone: string[] = [];
    const stuck = new Error('no way back');
    const write = task(
      {
        name: 'write',
        runName: 'write-{table}',
        onRollback: (_tx, { run }) => {
          if (run.name === 'write-b') throw stuck;
          undone.push(run.name);
        },
      },
      (table: string) => table,
    );
    const outer = flow('outer', () =>
      transaction({}, async () => {
        for (const table of ['a', 'b', 'c']) await write(table);
        throw new Error('half way');
      }),
    );
    const error = await memory.run(() => outer()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RollbackError);
    expect(error).toMatchObject({ cause: stuck, details: { runName: 'write-b', reason: 'Error: half way' } });
    expect(undone).toEqual(['write-c', 'write-a']);
    expect((await memory.taskRuns()).map((run) => run.state.name)).toEqual(['RolledBack', 'Completed', 'RolledBack']);
  });

  test('a key is done once', async () => {
    await using memory = new MemoryEngine();
    let calls = 0;
    const outer = flow(
      'outer',
      async () =>
        await transaction({ key: 'import-42', isolation: 'serializable' }, async () => {
          calls += 1;
          return { rows: 3 };
        }),
    );
    expect(await memory.run(() => Promise.all([outer(), outer()]))).toEqual([{ rows: 3 }, { rows: 3 }]);
    expect(calls).toBe(1);
  });

  test('a child flow that failed in the attempt before is tried again, in whatever millisecond', async () => {
    await using memory = new MemoryEngine();
    let calls = 0;
    const child = flow('child', () => {
      calls += 1;
      if (calls % 2 === 1) throw new Error('first');
    });
    const parent = flow({ name: 'parent', retries: 1 }, async () => await child());
    await memory.run(async () => {
      for (let round = 0; round < 50; round += 1) expect((await parent.state()).type).toBe('COMPLETED');
    });
  });

  test('a task that fails for what its body started leaves no value in the cache', async () => {
    await using memory = new MemoryEngine();
    const bad = task('bad', () => {
      throw new Error('bad');
    });
    const cached = task({ name: 'cached', cache: inputs(), retries: 1 }, (n: number) => {
      bad.submit();
      return n;
    });
    await memory.run(async () => {
      expect((await cached.state(1)).name).toBe('Failed');
      expect((await cached.state(1)).name).toBe('Failed');
    });
  });

  test('a cached task may give futures within its value', async () => {
    await using memory = new MemoryEngine();
    const one = task('one', () => 1);
    const cached = task({ name: 'cached', cache: inputs() }, (_: number) => ({ one: one.submit() }));
    await memory.run(async () => {
      expect(await cached(1)).toEqual({ one: 1 });
      expect((await cached.state(1)).name).toBe('Cached');
    });
  });
});
