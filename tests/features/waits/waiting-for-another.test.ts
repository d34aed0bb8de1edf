/** Under virtual time, and with the timers of the test faked: a run that waits for another run goes on when that one has ended. */
import { concurrency, concurrencyLimit, flow, inputs, sleep, task, transaction } from 'millrace';
import { testEngine } from 'millrace/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.useRealTimers();
});

const fakes = {
  none: () => {},
  all: () =>
    void vi.useFakeTimers({
      toFake: [
        'setTimeout',
        'clearTimeout',
        'setInterval',
        'clearInterval',
        'setImmediate',
        'clearImmediate',
        'Date',
        'performance',
        'queueMicrotask',
      ],
    }),
};

describe.each(['none', 'all'] as const)('with fake timers: %s, no clock is moved', (name) => {
  test('for a cached value that another call computes, one body a key', async () => {
    fakes[name]();
    let callCount = 0;
    const load = task({ name: 'load', cache: inputs() }, async (n: number) => {
      callCount += 1;
      return n;
    });
    await using engine = await testEngine();
    expect(await engine.run(() => flow('f', async () => await load.map([1, 1, 2, 2, 1]))())).toEqual([1, 1, 2, 2, 1]);
    expect(callCount).toBe(2);
  });

  test('for a cached value whose computing fails: the next one computes', async () => {
    fakes[name]();
    let callCount = 0;
    const load = task({ name: 'load', cache: inputs() }, async (n: number) => {
      callCount += 1;
      if (callCount === 1) throw new Error('first');
      return n;
    });
    await using engine = await testEngine();
    const states = await engine.run(() => flow('f', async () => await Promise.all([load.state(1), load.state(1)]))());
    expect(states.map((state) => state.name).sort()).toEqual(['Completed', 'Failed']);
    expect(callCount).toBe(2);
  });

  test('for the value of a task in one transaction, and for a serializable transaction of the key', async () => {
    fakes[name]();
    const load = task({ name: 'load', cache: inputs() }, async (n: number) => n);
    const pay = flow('pay', async () => {
      const both = await transaction({ key: 'k' }, async () => await load.map([1, 1]));
      const step = task('step', async (n: number) => n);
      const one = (n: number): Promise<number> =>
        transaction({ key: 'other', isolation: 'serializable' }, async () => await step(n));
      return [both, await Promise.all([one(1), one(2)])];
    });
    await using engine = await testEngine();
    const [both, [first, second]] = (await engine.run(() => pay())) as [number[], [number, number]];
    expect(both).toEqual([1, 1]);
    expect(first).toBe(second);
  });

  test('for one idempotency key, and for a slot', async () => {
    fakes[name]();
    let bodyCount = 0;
    const order = flow({ name: 'order', idempotencyKey: 'order-7' }, async () => {
      bodyCount += 1;
      return await task('charge', () => 'paid')();
    });
    await using engine = await testEngine();
    expect(await Promise.all([1, 2, 3].map(() => engine.run(() => order())))).toEqual(['paid', 'paid', 'paid']);
    expect(bodyCount).toBe(1);
    const slots = flow('slots', async () => {
      await concurrencyLimit.set('db', { limit: 1 });
      const use = task('use', (n: number) => concurrency('db', async () => await task('query', () => n)()));
      return await use.map([1, 2, 3]);
    });
    expect(await engine.run(() => slots())).toEqual([1, 2, 3]);
  });

  test('time moves by advance() only', async () => {
    fakes[name]();
    await using engine = await testEngine();
    const result = engine.run(() =>
      flow('nap', async () => {
        await sleep('30d');
        return 'rested';
      })(),
    );
    await engine.advance('30d');
    expect(await result).toBe('rested');
  });
});
