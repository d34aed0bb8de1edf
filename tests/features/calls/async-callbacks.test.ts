/** Users' functions that are no bodies may be async, may reject, and may never settle: no process ends or waits for ever by it. */
import { CallbackTimeout, ConfigurationError, flow, NotSerializable, task } from 'millrace';
import { testEngine } from 'millrace/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';
import { rejectingPart } from '../cancellation/programs/throwing-tasks.ts';

const rejected: unknown[] = [];
const note = (reason: unknown): void => void rejected.push(reason);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  rejected.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  await turn();
  process.off('unhandledRejection', note);
  expect(rejected).toEqual([]);
});

const json = {
  name: 'json',
  serialize: async (value: unknown) => JSON.stringify(value),
  deserialize: async (text: string) => JSON.parse(text) as unknown,
};
const failing = async (): Promise<never> => {
  throw new Error('refused');
};
const never = (): Promise<never> => new Promise(() => {});

test('an async serializer is awaited, written and read', async () => {
  await using engine = await testEngine();
  const made = task({ name: 'made', serializer: json }, () => ({ a: 1 }));
  const outer = flow('outer', async () => {
    const value = await made();
    await task('end', () => {})();
    return value;
  });
  engine.crashAfter('end');
  const result = engine.run(() => outer());
  await engine.settle();
  await engine.restart();
  expect(await result).toEqual({ a: 1 });
});

test('what an async callback rejects with fails its run, or is refused, and ends no process', async () => {
  await using memory = new MemoryEngine();
  const error = new Error('refused');
  const cases: readonly (readonly [() => Promise<unknown>, unknown])[] = [
    [task({ name: 's', serializer: { ...json, serialize: failing } }, () => 1), error],
    [task({ name: 'p', storage: { name: 'shelf', put: failing, get: failing } }, () => 1), error],
    [task({ name: 'c', cacheKey: failing as never }, () => 1), expect.any(ConfigurationError)],
    [task({ name: 'n', runName: failing as never }, () => 1), expect.any(ConfigurationError)],
    [flow({ name: 'fn', runName: failing as never }, () => 1), expect.any(ConfigurationError)],
  ];
  for (const [call, expected] of cases) await expect(memory.run(() => call())).rejects.toEqual(expected);
  expect(() => task({ name: 'r', retries: 1, retryDelay: failing as never }, () => 1)).toThrow(ConfigurationError);
  const tried = task({ name: 'w', retries: 3, retryWhen: failing }, () => {
    throw new Error('once');
  });
  await expect(memory.run(() => tried())).rejects.toThrow('once');
});

test.each(['inline', 'thread', 'process'] as const)(
  'a promise in a result is refused by its path, %s, and its rejection handled',
  { timeout: 60_000 },
  async (isolate) => {
    await using memory = new MemoryEngine();
    await expect(memory.run(() => rejectingPart.with({ isolate })())).rejects.toMatchObject({
      code: isolate === 'inline' ? 'NotSerializable' : 'NotTransferable',
      message: expect.stringContaining('result.deep[0]') as string,
    });
    const outer = flow('outer', async () => ({
      a: Promise.reject(new Error('a')),
      b: [Promise.reject(new Error('b'))],
    }));
    await expect(memory.run(() => outer())).rejects.toBeInstanceOf(NotSerializable);
  },
);

describe('a callback that never settles', () => {
  test.each(['put', 'get', 'serialize', 'deserialize', 'retryWhen'] as const)('%s is bounded', async (name) => {
    await using engine = await testEngine();
    const kept = new Map<string, string>();
    const storage = {
      name: 'shelf',
      put: name === 'put' ? never : async (key: string, text: string) => void kept.set(key, text),
      get: name === 'get' ? never : async (key: string) => kept.get(key),
    };
    const serializer = {
      ...json,
      ...(name === 'serialize' ? { serialize: never } : {}),
      ...(name === 'deserialize' ? { deserialize: never } : {}),
    };
    const work = task(
      { name: 'work', storage, serializer, retries: 2, ...(name === 'retryWhen' ? { retryWhen: never } : {}) },
      () => {
        if (name === 'retryWhen') throw new Error('body');
        return 1;
      },
    );
    const seen: unknown[] = [];
    const outer = flow('outer', async () => {
      try {
        return await work();
      } catch (error) {
        seen.push(error);
        return 0;
      } finally {
        await task('end', () => {})();
      }
    });
    const readsAgain = name === 'get' || name === 'deserialize';
    if (readsAgain) engine.crashAfter('end');
    const result = engine.run(() => outer());
    await engine.settle();
    if (readsAgain) await engine.restart();
    for (let minute = 0; minute < 4; minute += 1) await engine.advance('1m');
    if (name !== 'retryWhen') {
      await result.catch((error: unknown) => seen.push(error));
      expect(seen[0]).toBeInstanceOf(CallbackTimeout);
      expect((seen[0] as Error).message).toContain(`${name} of s`);
    } else {
      expect(await result).toBe(0);
      expect((seen[0] as Error).message).toBe('body');
    }
  });
});
