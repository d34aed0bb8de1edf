/** Transactions: the tasks of one commit their effects together, or are undone together, at whatever depth and over crashes. */
import { sharedByCopies } from '@millrace/kernel';
import {
  concurrency,
  concurrencyLimit,
  ConfigurationError,
  context,
  flow,
  inputs,
  NotSerializable,
  sleep,
  task,
  type TaskContext,
  transaction,
} from 'millrace';
import { testEngine } from 'millrace/testing';
import { describe, expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

const halfWay = new Error('half way');

/** A task that says what becomes of it, and the log that it says so to. */
function logged(options: Readonly<Record<string, unknown>> = {}) {
  const log: string[] = [];
  const write = task(
    {
      name: 'write',
      onCommit: (_tx, { run }) => void log.push(`commit ${run.name}`),
      onRollback: (_tx, { run }) => void log.push(`undo ${run.name}`),
      runName: '{what}',
      ...options,
    },
    (what: string) => {
      log.push(`do ${what}`);
      return what;
    },
  );
  return { log, write };
}

/** Ends when the test says so. */
const slow = (log: string[]) =>
  task(
    { name: 'slow', onCommit: () => void log.push('commit slow'), onRollback: () => void log.push('undo slow') },
    async (ms: number, { signal }: TaskContext) => {
      await new Promise((resolve, reject) => {
        // sleep: a body that takes time, next to one that fails at once
        setTimeout(resolve, ms);
        signal.addEventListener('abort', () => reject(signal.reason));
      });
      log.push('do slow');
    },
  );

describe('a transaction is a scope', () => {
  test('what it started and nobody awaits ends before the commit', async () => {
    await using memory = new MemoryEngine();
    const { log, write } = logged();
    const outer = flow('outer', async () => {
      await transaction({}, async () => {
        slow(log).submit(5);
        write.map(['a', 'b']);
      });
      log.push('after');
    });
    await memory.run(() => outer());
    expect(log).toEqual(['do a', 'do b', 'do slow', 'commit a', 'commit b', 'commit slow', 'after']);
  });

  test('a child that fails unobserved is the failure of all', async () => {
    await using memory = new MemoryEngine();
    const { log, write } = logged();
    const fails = task('fails', () => {
      throw halfWay;
    });
    const outer = flow('outer', async () =>
      transaction({}, async () => {
        await write('a');
        fails.submit();
      }),
    );
    await expect(memory.run(() => outer())).rejects.toBe(halfWay);
    expect(log).toEqual(['do a', 'undo a']);
  });

  test('a child whose failure was looked at is none', async () => {
    await using memory = new MemoryEngine();
    const { log, write } = logged();
    const fails = task('fails', () => {
      throw halfWay;
    });
    const outer = flow('outer', async () =>
      transaction({}, async () => [await write('a'), (await fails.state()).name]),
    );
    expect(await memory.run(() => outer())).toEqual(['a', 'Failed']);
    expect(log).toEqual(['do a', 'commit a']);
  });

  test('when it throws, what still runs is cancelled and what is done is undone', async () => {
    await using memory = new MemoryEngine();
    const { log, write } = logged();
    const outer = flow('outer', async () => {
      await transaction({}, async () => {
        slow(log).submit(60_000);
        await write('a');
        throw halfWay;
      });
    });
    await expect(memory.run(() => outer())).rejects.toBe(halfWay);
    expect(log).toEqual(['do a', 'undo a']);
    expect((await memory.taskRuns()).map((run) => run.state.name)).toEqual(['Cancelled', 'RolledBack']);
  });
});

describe('what a transaction reaches', () => {
  const deep = (write: (what: string) => Promise<string>) => {
    const within = flow('within', async () => await write('in a flow'));
    const outermost = task('outermost', async () => await write('in a task'));
    return flow({ name: 'outer', retries: 0 }, async (fails: boolean) => {
      await transaction({}, async () => {
        await within();
        await outermost();
        if (fails) throw halfWay;
      });
    });
  };

  test('tasks within flows and tasks commit with it', async () => {
    await using memory = new MemoryEngine();
    const { log, write } = logged();
    await memory.run(() => deep(write)(false));
    expect(log).toEqual(['do in a flow', 'do in a task', 'commit in a flow', 'commit in a task']);
  });

  test('and are undone with it, which their futures say too', async () => {
    await using memory = new MemoryEngine();
    const { log, write } = logged();
    await memory.run(() => deep(write).state(true));
    expect(log).toEqual(['do in a flow', 'do in a task', 'undo in a task', 'undo in a flow']);
    const states = flow('states', async () => {
      const futures = [write.submit('a'), write.submit('b')];
      await transaction({}, async () => {
        futures.push(write.submit('c'));
        await Promise.all(futures);
        throw halfWay;
      }).catch(() => {});
      return futures.map((future) => future.state.name);
    });
    expect(await memory.run(() => states())).toEqual(['Completed', 'Completed', 'RolledBack']);
  });

  test('a flow that is tried again within one is no second member', async () => {
    await using memory = new MemoryEngine();
    const { log, write } = logged();
    const within = flow({ name: 'within', retries: 1 }, async () => {
      await write('a');
      if (context().attempt === 1) throw halfWay;
    });
    await memory.run(() => flow('outer', () => transaction({}, () => within()))());
    expect(log).toEqual(['do a', 'commit a']);
  });

  test('a child flow is called again once what it did was undone', async () => {
    await using memory = new MemoryEngine();
    const { log, write } = logged();
    const within = flow('within', async () => [await write('a')]);
    const outer = flow({ name: 'outer', retries: 1 }, () =>
      transaction({}, async () => {
        const values = await flow('between', async () => await within())();
        if (context().attempt === 1) throw halfWay;
        return values;
      }),
    );
    expect(await memory.run(() => outer())).toEqual(['a']);
    expect(log).toEqual(['do a', 'undo a', 'do a', 'commit a']);
    const names = (await memory.flowRuns()).map((run) => [run.flowName, run.state.name, run.runCount]);
    expect(names).toEqual([
      ['outer', 'Completed', 2],
      ['between', 'Completed', 2],
      ['within', 'Completed', 2],
    ]);
  });

  test('the hooks see what was set where their task was called', async () => {
    await using memory = new MemoryEngine();
    const seen: unknown[] = [];
    const write = task({ name: 'write', onCommit: (tx) => void seen.push(tx.get('file'), tx.get('table')) }, () => 1);
    const outer = flow('outer', () =>
      transaction({}, async (tx) => {
        tx.set('table', 'orders');
        await transaction({}, async (inner) => {
          inner.set('file', 'inner.txt');
          await write();
        });
      }),
    );
    await memory.run(() => outer());
    expect(seen).toEqual(['inner.txt', 'orders']);
  });
});

describe('cached tasks in a transaction', () => {
  test('a value of another run is neither undone nor committed', async () => {
    await using memory = new MemoryEngine();
    const { log, write } = logged({ cache: inputs() });
    const outer = flow('outer', (fails: boolean) =>
      transaction({}, async () => {
        await write('a');
        if (fails) throw halfWay;
      }),
    );
    for (const fails of [false, true, false]) await memory.run(() => outer.state(fails));
    expect(log).toEqual(['do a', 'commit a']);
  });

  test('a value is there for others with the commit, and not at all when there is none', async () => {
    await using memory = new MemoryEngine();
    const { log, write } = logged({ cache: inputs() });
    const outer = flow({ name: 'outer', retries: 1 }, async () => {
      await transaction({}, async () => {
        await write('a');
        if (context().attempt === 1) throw halfWay;
      });
      return (await write.state('a')).name;
    });
    expect(await memory.run(() => outer())).toBe('Cached');
    expect(log).toEqual(['do a', 'undo a', 'do a', 'commit a']);
  });

  test('within one transaction one computes, and the others have its value', async () => {
    await using memory = new MemoryEngine();
    const { log, write } = logged({ cache: inputs() });
    const outer = flow('outer', () =>
      transaction({}, async () => {
        const states = await Promise.all([write.state('a'), write.state('a'), write.state('a')]);
        const later = await transaction({}, () => write.state('a'));
        return [...states, later].map((state) => state.name);
      }),
    );
    expect(await memory.run(() => outer())).toEqual(['Completed', 'Cached', 'Cached', 'Cached']);
    expect(log).toEqual(['do a', 'commit a']);
  });

  test('a hit of a task on its own commits nothing', async () => {
    await using memory = new MemoryEngine();
    const { log, write } = logged({ cache: inputs() });
    const twice = flow('twice', async () => [await write('a'), await write('a')]);
    await memory.run(() => twice());
    expect(log).toEqual(['do a', 'commit a']);
  });

  test('large values too', async () => {
    await using memory = new MemoryEngine();
    let calls = 0;
    const load = task({ name: 'load', cache: inputs() }, (letter: string) => {
      calls += 1;
      return letter.repeat(200_000);
    });
    const outer = flow('outer', async () => {
      const inside = await transaction({}, async () => [await load('x'), await load('x')]);
      return [...inside, await load('x')].map((text) => text.length);
    });
    expect(await memory.run(() => outer())).toEqual([200_000, 200_000, 200_000]);
    expect(calls).toBe(1);
  });
});

test('a keyed section within a transaction that fails is not done', async () => {
  await using memory = new MemoryEngine();
  let calls = 0;
  const section = () =>
    transaction({ key: 'import', isolation: 'serializable' }, () => {
      calls += 1;
      return calls;
    });
  const outer = flow({ name: 'outer', retries: 1 }, async () => {
    await transaction({}, async () => {
      expect([await section(), await section()]).toEqual([calls, calls]);
      if (context().attempt === 1) throw halfWay;
    });
    return await section();
  });
  expect(await memory.run(() => outer())).toBe(2);
});

test('a keyed section whose value can’t be stored is undone', async () => {
  await using memory = new MemoryEngine();
  const { log, write } = logged();
  const outer = flow('outer', () =>
    transaction({ key: 'unstorable' }, async () => {
      await write('a');
      return () => 1;
    }),
  );
  await expect(memory.run(() => outer())).rejects.toThrow(NotSerializable);
  expect(log).toEqual(['do a', 'undo a']);
});

describe('what was committed', () => {
  test('is not committed again by a retry, nor undone by it', async () => {
    await using memory = new MemoryEngine();
    const { log, write } = logged();
    const outer = flow({ name: 'outer', retries: 2 }, async () => {
      const { attempt } = context();
      await write('alone');
      const value = await transaction({}, async () => {
        const written = await write('a');
        if (attempt === 2) throw halfWay;
        return written;
      });
      if (attempt === 1) throw halfWay;
      return value;
    });
    expect(await memory.run(() => outer())).toBe('a');
    expect(log).toEqual(['do alone', 'commit alone', 'do a', 'commit a']);
  });

  test('is committed when the process died right before', async () => {
    for (const isAlone of [true, false]) {
      await using engine = await testEngine();
      const { log, write } = logged();
      engine.crashAfter('write');
      const outer = flow('outer', () => (isAlone ? write('a') : transaction({}, () => write('a'))));
      const result = engine.run(() => outer());
      await engine.settle();
      expect(log).toEqual(['do a']);
      await engine.restart();
      expect(await result).toBe('a');
      expect(log).toEqual(['do a', 'commit a']);
    }
  });
});

describe('over a crash', () => {
  /** Effects by name: done less undone. */
  const standing = (log: readonly string[]): Readonly<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const line of log) {
      const [verb, what = ''] = line.split(' ');
      if (verb === 'do') counts[what] = (counts[what] ?? 0) + 1;
      if (verb === 'undo') counts[what] = (counts[what] ?? 0) - 1;
    }
    return counts;
  };
  const names = ['a', 'b', 'c', 'd'];

  for (const fails of [false, true]) {
    test(`what a child had completed is ${fails ? 'undone' : 'committed'} when its body is not called again`, async () => {
      await using engine = await testEngine();
      const { log, write } = logged();
      const within = flow('within', async () => [await write('a'), await task('deep', () => write('b'))()]);
      const around = task('around', async () => [await within(), await write('c')]);
      const outer = flow('outer', async () => {
        await transaction({}, async () => {
          await within();
          await around();
          await sleep('1d');
          if (fails) throw halfWay;
        });
      });
      const result = engine.run(() => outer.state());
      await engine.settle();
      const done = ['do a', 'do b', 'do a', 'do b', 'do c'];
      expect(log).toEqual(done);
      await engine.restart();
      await engine.advance('2d');
      expect((await result).name).toBe(fails ? 'Failed' : 'Completed');
      const ends = fails
        ? ['undo c', 'undo b', 'undo a', 'undo b', 'undo a']
        : done.map((line) => `commit ${line.at(-1)}`);
      expect(log).toEqual([...done, ...ends]);
    });
  }

  test('and what nobody has defined any more is said to have no hooks', async () => {
    await using engine = await testEngine();
    const within = flow(
      'within',
      async () => await task({ name: `once-${Math.random()}`, onCommit: () => {} }, () => 1)(),
    );
    const { byName } = sharedByCopies('names', () => ({ byName: new Map<string, unknown>() }));
    const outer = flow('outer', () =>
      transaction({}, async () => {
        await within();
        await sleep('1d');
      }),
    );
    const result = engine.run(() => outer());
    await engine.settle();
    for (const name of byName.keys()) if (name.startsWith('task\nonce-')) byName.delete(name);
    await engine.restart();
    await engine.advance('2d');
    await result;
    const [run] = await engine.runs();
    const logs = await engine.logs(run?.id ?? '');
    expect(logs[0]).toMatch(/^No hooks are called for 'once-.*: this process has not defined 'once-/);
  });

  async function crashedAt(writes: number): Promise<{ readonly log: readonly string[]; readonly isOver: boolean }> {
    await using engine = await testEngine();
    const { log, write } = logged();
    const last = task({ name: 'last', onCommit: () => void log.push('commit last') }, () => void log.push('do last'));
    const within = flow('within', async (what: string) => await write(what));
    const outer = flow({ name: 'outer', retries: 1 }, async () => {
      await transaction({}, async () => {
        await write('a');
        await transaction({}, () => Promise.all([write('b'), within('c')]));
        if (context().attempt === 1) throw halfWay;
        await write('d');
      });
      await last();
      return 'done';
    });
    engine.crashAfter({ writes });
    let isOver = false;
    const result = engine
      .run(() => outer())
      .finally(() => {
        isOver = true;
      });
    await engine.settle();
    const wasOver = isOver;
    await engine.restart();
    expect(await result).toBe('done');
    expect((await engine.runs()).filter((run) => run.state.name !== 'Completed')).toEqual([]);
    return { log, isOver: wasOver };
  }

  test('after each write: what stands at the end stands once, and was committed', async () => {
    let isOver = false;
    for (let writes = 1; !isOver; writes += 1) {
      const { log, isOver: wasOver } = await crashedAt(writes);
      isOver = wasOver;
      const said = `crash after write ${writes}: ${log.join(', ')}`;
      for (const name of [...names, 'last']) expect(log, said).toContain(`commit ${name}`);
      expect(standing(log), said).toEqual({ a: 1, b: 1, c: 1, d: 1, last: 1 });
    }
  });

  test('a value that was computed before it is cached with the commit after it', async () => {
    await using engine = await testEngine();
    const { log, write } = logged({ cache: inputs() });
    const outer = flow('outer', async () => {
      await transaction({}, () => write('a'));
      return (await write.state('a')).name;
    });
    engine.crashAfter('write');
    const result = engine.run(() => outer());
    await engine.settle();
    await engine.restart();
    expect(await result).toBe('Cached');
    expect(log).toEqual(['do a', 'commit a']);
  });

  test('a section of a run that another process goes on with is not undone here', async () => {
    await using memory = new MemoryEngine();
    const { log, write } = logged();
    const gone = new Error('another process holds the run');
    const outer = flow('outer', () =>
      transaction({}, async () => {
        await write('a');
        for (const root of memory.engine.roots) root.leaseLost(gone);
        throw gone;
      }),
    );
    await expect(memory.run(() => outer())).rejects.toBe(gone);
    expect(log).toEqual(['do a']);
    expect((await memory.taskRuns()).map((run) => run.state.name)).toEqual(['Completed']);
  });

  test('a section that was parked is not undone for that: it goes on', async () => {
    await using engine = await testEngine();
    const { log, write } = logged();
    const outer = flow('outer', () =>
      transaction({}, async () => {
        await write('a');
        await sleep('90d');
        await write('b');
      }),
    );
    const result = engine.run(() => outer());
    await engine.advance('91d');
    await result;
    expect(log).toEqual(['do a', 'do b', 'commit a', 'commit b']);
  });
});

describe('a body that is given up while it runs on', () => {
  const never = (): Promise<never> => new Promise(() => {});

  test('is undone with its attempt, and what it comes to later counts for nothing', async () => {
    await using memory = new MemoryEngine();
    const { log, write } = logged();
    const end = Promise.withResolvers<void>();
    let attempts = 0;
    const outer = flow({ name: 'outer', timeout: 100, retries: 1 }, async () => {
      attempts += 1;
      const isFirst = attempts === 1;
      await transaction({}, async () => {
        await write('a');
        if (isFirst) await end.promise;
      });
    });
    await memory.run(() => outer());
    expect(log).toEqual(['do a', 'undo a', 'do a', 'commit a']);
    end.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toHaveLength(4);
  });

  test('ends once, though hooks were under way', async () => {
    await using memory = new MemoryEngine();
    const ends = async (fails: boolean): Promise<readonly string[]> => {
      const log: string[] = [];
      const slow = (what: string) => async () => {
        log.push(`${what} begins`);
        // sleep: longer than the flow's timeout, which is real time
        await new Promise((resolve) => setTimeout(resolve, 150));
        log.push(`${what} ends`);
      };
      const a = task({ name: 'a', onCommit: slow('commit'), onRollback: slow('rollback') }, () => 1);
      const outer = flow({ name: 'outer', timeout: 60 }, () =>
        transaction({}, async () => {
          await a();
          if (fails) throw halfWay;
        }),
      );
      await memory.run(() => outer.state());
      return log;
    };
    expect(await ends(true)).toEqual(['rollback begins', 'rollback ends']);
    expect(await ends(false)).toEqual(['commit begins', 'commit ends']);
  });

  test('begins no section later, and takes no slot', async () => {
    await using memory = new MemoryEngine();
    const tried: unknown[] = [];
    let isOver = false;
    const late = flow({ name: 'late', timeout: 50 }, async () => {
      await expect.poll(() => isOver).toBe(true);
      tried.push(await concurrency('db', never).catch((error: { code?: string }) => error.code));
      tried.push(await transaction({ key: 'late' }, () => 1).catch((error: { code?: string }) => error.code));
    });
    await memory.run(async () => {
      await concurrencyLimit.set('db', { limit: 1 });
      expect((await late.state()).name).toBe('TimedOut');
      isOver = true;
      await expect.poll(() => tried).toEqual(['RunCancelled', 'RunCancelled']);
    });
  });

  test('holds neither its key nor its slots against the next attempt', async () => {
    await using memory = new MemoryEngine();
    const outer = (section: (body: () => Promise<string>) => Promise<string>) => {
      let attempts = 0;
      return flow({ name: 'outer', timeout: 100, retries: 1 }, async () => {
        attempts += 1;
        const isFirst = attempts === 1;
        return await section(async () => (isFirst ? await never() : 'second'));
      });
    };
    await memory.run(async () => {
      await concurrencyLimit.set('db', { limit: 1 });
      expect(await outer((body) => transaction({ key: 'k', isolation: 'serializable' }, body))()).toBe('second');
      expect(await outer((body) => concurrency('db', body))()).toBe('second');
    });
  });
});

test('a serializable transaction within itself, and a run that waits for itself, are told the cycle', async () => {
  await using memory = new MemoryEngine();
  const section = (body: () => unknown): Promise<unknown> => transaction({ key: 'k', isolation: 'serializable' }, body);
  const nested = flow('nested', async () => await section(() => section(() => 1)));
  const itself: () => Promise<unknown> = flow('itself', async (): Promise<unknown> => {
    const handle = await again.start();
    return await handle.result();
  }).with({ idempotencyKey: 'once' }) as never;
  const again = itself as unknown as { start(): Promise<{ result(): Promise<unknown> }> };
  await memory.run(async () => {
    await expect(nested()).rejects.toMatchObject({ code: 'WaitCycleError' });
    await expect((await again.start()).result()).rejects.toMatchObject({ code: 'WaitCycleError' });
  });
});

describe('what is refused', () => {
  test('values that are no data, names that were never set, waiting for nobody', async () => {
    await using memory = new MemoryEngine();
    class Point {
      readonly x = 1;
    }
    const refusal = (body: Parameters<typeof transaction>[1]) =>
      memory.run(() => flow('outer', () => transaction({}, body))());
    await expect(refusal((tx) => tx.set('f', () => 1))).rejects.toThrow(NotSerializable);
    await expect(refusal((tx) => tx.set('f', () => 1))).rejects.toThrow("value of 'f' in the transaction");
    await expect(refusal((tx) => tx.set('p', new Point()))).rejects.toThrow(NotSerializable);
    await expect(refusal((tx) => tx.get('missing'))).rejects.toThrow(ConfigurationError);
    expect(await refusal((tx) => tx.get('missing', 7))).toBe(7);
    const none = flow('nobody', () => transaction({ isolation: 'serializable' }, () => 1));
    await expect(memory.run(() => none())).rejects.toThrow(ConfigurationError);
  });
});
