/** A task's transaction hooks are given its arguments and its result: a parallel saga can be undone. */
import { type CompletedTask, flow, inputs, type Storage, sleep, task, type TaskContext, transaction } from 'millrace';
import { testEngine } from 'millrace/testing';
import { describe, expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';
import { where } from '../isolation/programs/isolated-tasks.ts';

const full = new Error('full');

/** A task that books, and what its rollback hook was given. */
function booking(options: Readonly<Record<string, unknown>> = {}) {
  const undone: (readonly [readonly unknown[], unknown])[] = [];
  const book = task(
    {
      name: 'book',
      ...options,
      onRollback: (_tx, { parameters, result }) => void undone.push([[...parameters], result]),
    },
    async (city: string, seats = 1) => ({ id: `${city}-${seats}` }),
  );
  return { book, undone };
}

const hotel = task('hotel', () => {
  throw full;
});

/** Runs the body in a transaction that fails after it. */
const undoing = (body: () => unknown) =>
  flow('trip', () =>
    transaction({}, async () => {
      await body();
      throw full;
    }),
  );

describe('the hooks of a task get its arguments and its result', () => {
  test('when it is undone, and when it commits', async () => {
    await using memory = new MemoryEngine();
    const seen: unknown[] = [];
    const see = (_tx: unknown, { parameters, result, run, missing }: CompletedTask) =>
      void seen.push({ parameters, byName: parameters['city'], result, name: run.definitionName, missing });
    const book = task({ name: 'book', onCommit: see, onRollback: see }, (city: string) => city.length);
    const trip = flow('trip', async (fails: boolean) => {
      await book('alone');
      await transaction({}, async () => {
        await book('x');
        if (fails) throw full;
      });
    });
    const given = (city: string) => ({
      parameters: [city],
      byName: city,
      result: city.length,
      name: 'book',
      missing: undefined,
    });
    await memory.run(() => trip.state(true));
    await memory.run(() => trip(false));
    expect(seen).toEqual([given('alone'), given('x'), given('alone'), given('x')]);
  });

  test('with futures replaced by their values, and as it was called, whatever its body changed', async () => {
    await using memory = new MemoryEngine();
    const undone: unknown[] = [];
    const rows = task('rows', () => [1, 2]);
    const load = task(
      { name: 'load', onRollback: (_tx, { parameters: [list], result }) => void undone.push(list, result) },
      (list: number[]) => {
        list.push(3);
        return list;
      },
    );
    const trip = undoing(async () => {
      const loaded = await load(rows.submit());
      loaded.push(4);
    });
    await memory.run(() => trip.state());
    expect(undone).toEqual([
      [1, 2],
      [1, 2, 3],
    ]);
  });

  test('of a map, of tasks in child flows and in tasks, of cached and isolated ones: last first', async () => {
    await using memory = new MemoryEngine();
    const { book, undone } = booking({ cache: inputs() });
    const within = flow('within', async () => await book('flow'));
    const around = task('around', async () => await book('task'));
    const isolated: unknown[] = [];
    const trip = undoing(async () => {
      await book.map(['a', 'b']);
      await within();
      await around();
      await book('a');
      for (const isolate of ['thread', 'process'] as const)
        await where.with({
          isolate,
          onRollback: (_tx, { parameters: [n], result }) => void isolated.push(n, result.n),
        })(7);
    });
    expect((await memory.run(() => trip.state())).message).toBe('Error: full');
    expect(undone).toEqual([
      [['task'], { id: 'task-1' }],
      [['flow'], { id: 'flow-1' }],
      [['b'], { id: 'b-1' }],
      [['a'], { id: 'a-1' }],
    ]);
    expect(isolated).toEqual([7, 7, 7, 7]);
  });

  test('that are large, not persisted, or no data at all', async () => {
    await using memory = new MemoryEngine();
    const undone: unknown[] = [];
    const size = 300_000;
    const large = task(
      { name: 'large', onRollback: (_tx, { result }) => void undone.push(result.length) },
      (text: string) => text.repeat(size),
    );
    const volatile = task(
      {
        name: 'volatile',
        persistResult: false,
        onRollback: (_tx, { parameters: [call], result }) => void undone.push(result, call()),
      },
      (call: () => string) => call(),
    );
    const trip = undoing(async () => {
      await large('x');
      await volatile(() => 'called');
    });
    await memory.run(() => trip.state());
    expect(undone).toEqual(['called', 'called', size]);
  });
});

describe('after a crash', () => {
  test('what was found, also below a child that is not called again, is undone with its values, in the order of time', async () => {
    await using engine = await testEngine();
    const { book, undone } = booking();
    const long = 'a long name '.repeat(1_000);
    const within = flow('within', async () => [await book('flow', 2), await book(long)]);
    const trip = flow('trip', () =>
      transaction({}, async () => {
        // Called first, and completed last.
        const late = book.submit('late', (await sleep('1h'), 3));
        await within();
        await late;
        await sleep('1d');
        throw full;
      }),
    );
    const result = engine.run(() => trip.state());
    await engine.advance('2h');
    await engine.restart();
    await engine.advance('2d');
    expect((await result).name).toBe('Failed');
    expect(undone.map(([parameters]) => parameters)).toEqual([[long], ['flow', 2], ['late', 3]].sort());
  });

  test('a value that its storage has lost: the hook is called without, and the log says so', async () => {
    await using engine = await testEngine();
    const kept = new Map<string, string>();
    const storage: Storage = {
      name: 'kept',
      put: async (key, text) => void kept.set(key, text),
      get: async (key) => kept.get(key),
    };
    const undone: unknown[] = [];
    const book = task(
      {
        name: 'book',
        storage,
        onRollback: (_tx, { parameters, result, missing }) =>
          void undone.push([...parameters], result, missing?.message),
      },
      async (city: string) => ({ id: city }),
    );
    const within = flow('within', async () => (await book('x')).id);
    const trip = undoing(async () => {
      await within();
      kept.clear();
    });
    const state = await engine.run(() => trip.state());
    expect(state.name).toBe('Failed');
    expect(undone).toEqual([['x'], undefined, expect.stringContaining('is not in storage')]);
    const [run] = await engine.runs();
    expect((await engine.logs(run?.id ?? '')).join('\n')).toMatch(
      /The hooks of 'book-.*' are called without its values/,
    );
  });
});

describe('a parallel saga', () => {
  test('what had completed is undone with its result', async () => {
    await using memory = new MemoryEngine();
    const { book, undone } = booking();
    const booked = Promise.withResolvers<void>();
    const failing = task('hotel', async () => {
      await booked.promise;
      throw full;
    });
    const trip = flow('trip', () =>
      transaction({}, () => Promise.all([book('x').finally(() => booked.resolve()), failing()])),
    );
    await expect(memory.run(() => trip())).rejects.toBe(full);
    expect(undone).toEqual([[['x'], { id: 'x-1' }]]);
  });

  test('what completes after the failure, before its grace is over, is undone too', async () => {
    await using memory = new MemoryEngine();
    const undone: unknown[] = [];
    const failed = Promise.withResolvers<void>();
    const flight = task(
      { name: 'flight', onRollback: (_tx, { parameters, result }) => void undone.push(parameters[0], result) },
      async (city: string) => {
        await failed.promise;
        return { id: `F-${city}` };
      },
    );
    const trip = flow('trip', () =>
      transaction({}, async () => {
        const booked = flight.submit('x');
        await Promise.all([
          booked,
          hotel().catch((error) => {
            setTimeout(() => failed.resolve(), 20);
            throw error;
          }),
        ]);
      }),
    );
    await expect(memory.run(() => trip())).rejects.toBe(full);
    expect(undone).toEqual(['x', { id: 'F-x' }]);
    expect((await memory.taskRuns()).map((run) => run.state.name).sort()).toEqual(['Failed', 'RolledBack']);
  });

  test('so is what completes while its flow run is being cancelled, or timed out', async () => {
    await using memory = new MemoryEngine();
    const undone: unknown[] = [];
    const started = Promise.withResolvers<void>();
    const flight = task(
      { name: 'flight', onRollback: (_tx, { parameters, result }) => void undone.push(parameters[0], result) },
      (city: string, { signal }: TaskContext) =>
        new Promise<string>((resolve) => {
          started.resolve();
          signal.addEventListener('abort', () => setTimeout(() => resolve(`F-${city}`), 20));
        }),
    );
    const trip = flow('trip', (city: string) => transaction({}, () => flight(city)));
    const handle = await memory.run(() => trip.start('x'));
    await started.promise;
    await handle.cancel('by ann');
    expect((await memory.run(() => trip.with({ timeout: 50 }).state('y'))).name).toBe('TimedOut');
    expect(undone).toEqual(['x', 'F-x', 'y', 'F-y']);
    expect((await memory.flowRuns()).map((run) => run.state.name)).toEqual(['Cancelled', 'TimedOut']);
    expect((await memory.taskRuns()).map((run) => run.state.name)).toEqual(['RolledBack', 'RolledBack']);
  });

  test('the order of undoing is the reverse of completion, over transactions within it too', async () => {
    await using memory = new MemoryEngine();
    const completed: string[] = [];
    const undone: string[] = [];
    const done = (name: string) =>
      task({ name, onRollback: () => void undone.push(name) }, async (after: Promise<unknown> | null) => {
        await after;
        completed.push(name);
      });
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(done);
    const trip = flow('trip', () =>
      transaction({}, async () => {
        const first = Promise.withResolvers<void>();
        const inner = transaction({}, async () => {
          await b?.(null);
          first.resolve();
          await a?.(null);
          await c?.(null);
        });
        await first.promise;
        await d?.(null);
        await inner;
        throw full;
      }),
    );
    await memory.run(() => trip.state());
    expect(completed).toHaveLength(4);
    expect(undone.toReversed()).toEqual(completed);
  });
});
