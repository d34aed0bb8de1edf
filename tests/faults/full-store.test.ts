/**
 * F25 above the store: whatever write the full disk refuses, the caller gets StoreFull, nothing is recorded as failed, and
 * the run goes on with what it had recorded once there is space.
 */
import { withRuntime } from '@millrace/engine/internal';
import { createIdSource, StoreFull } from '@millrace/kernel';
import { createLedger } from '@millrace/ledger';
import { type LocalEngineOptions, openEngine } from '@millrace/local';
import { openStore, type Store } from '@millrace/store';
import { flow, inputs, serve, task } from 'millrace';
import { expect, test, vi } from 'vitest';

const full = (): StoreFull => new StoreFull({ location: 'the test' });
const clock = {
  now: Date.now,
  setTimer: (ms: number, body: () => void) => {
    const timer = setTimeout(body, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Refuses the n-th write, and so many after it. */
function refuse(store: Store, { from, count }: { readonly from: number; readonly count: number }): () => number {
  let writes = 0;
  const isRefused = (): boolean => {
    writes += 1;
    return writes >= from && writes < from + count;
  };
  const refusing = <TArgs extends unknown[], T>(write: (...args: TArgs) => Promise<T>) => {
    return (...args: TArgs): Promise<T> => (isRefused() ? Promise.reject(full()) : write(...args));
  };
  const [putTaskRun, putFlowRun] = [store.putTaskRun.bind(store), store.putFlowRun.bind(store)];
  const offload = store.blobs.offload.bind(store.blobs);
  vi.spyOn(store, 'putTaskRun').mockImplementation(refusing(putTaskRun));
  vi.spyOn(store, 'putFlowRun').mockImplementation(refusing(putFlowRun));
  vi.spyOn(store.blobs, 'offload').mockImplementation(refusing(offload));
  return () => writes;
}

function openOver(store: Store, pollMs = 20): ReturnType<typeof openEngine> {
  const ids = createIdSource({ now: Date.now, randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)) });
  const ledger = createLedger({
    store,
    clock,
    random: Math.random,
    ids,
    process: { host: 'test', bootId: null, pid: 1, pidStartedAt: null },
  });
  const engine: LocalEngineOptions['engine'] = { openLedger: async () => ledger, print: () => {}, pollMs };
  return openEngine({ engine });
}

const large = 'a large value '.repeat(20_000);
let bodies: string[] = [];
const step = task({ name: 'step', retries: 2 }, (n: number) => {
  bodies.push(`step ${n}`);
  return n;
});
const big = task({ name: 'big', retries: 2 }, () => {
  bodies.push('big');
  return large;
});
const cached = task({ name: 'cached', cache: inputs() }, (n: number) => {
  bodies.push('cached');
  return n;
});
const child = flow('child', async () => await step(3));
const work = flow({ name: 'work', retries: 2 }, async () => {
  const first = await step(1);
  // A failure of the disk is none that a body could handle.
  const second = await step(2).catch(() => -1);
  const size = (await big()).length;
  const inner = await child();
  const mapped = await step.map([4, 5]);
  return [first, second, size, inner, ...mapped, await cached(6), large].length;
});

/** Gives false when no write was refused any more. */
async function stopsAndGoesOn(refused: { readonly from: number; readonly count: number }): Promise<boolean> {
  await using store = await openStoreFor();
  const writes = refuse(store.store, refused);
  bodies = [];
  const engine = openOver(store.store);
  const keyed = work.with({ idempotencyKey: 'once' });
  const outcome: unknown = await withRuntime(engine, () => keyed()).catch((error: unknown) => error);
  if (writes() < refused.from) {
    expect(outcome).toBe(8);
    await engine.close();
    return false;
  }
  vi.restoreAllMocks();
  if (outcome !== 8) expect(outcome).toMatchObject({ code: 'StoreFull' });
  const { runs, flush } = await engine.ledger();
  await flush();
  for (const run of await runs.flowRuns({})) expect(['PENDING', 'RUNNING', 'COMPLETED']).toContain(run.state.type);
  const tasks = await runs.taskRuns({});
  for (const run of tasks) expect(['PENDING', 'RUNNING', 'COMPLETED']).toContain(run.state.type);
  const done = tasks.filter(({ state }) => state.type === 'COMPLETED').length;
  bodies = [];
  expect(await withRuntime(engine, () => keyed())).toBe(8);
  // The cached one may be found in the cache instead.
  expect(bodies.length).toBeLessThanOrEqual(7 - done);
  await engine.close();
  return true;
}

test('when only large values find no space, whatever the body makes of the error', async () => {
  await using store = await openStoreFor();
  const offload = vi.spyOn(store.store.blobs, 'offload').mockImplementation(() => Promise.reject(full()));
  const engine = openOver(store.store);
  const failures: unknown[] = [];
  const hooks = { onFailure: () => void failures.push('failed') };
  const grow = task({ name: 'grow', ...hooks }, () => large);
  const stubborn = flow({ name: 'stubborn', ...hooks }, async () => {
    const size = await grow().then(
      (text) => text.length,
      () => 0,
    );
    return [await step(size), large];
  }).with({ idempotencyKey: 'once' });
  await expect(withRuntime(engine, () => stubborn())).rejects.toMatchObject({ code: 'StoreFull' });
  const { runs, flush } = await engine.ledger();
  const states = async (): Promise<readonly string[]> => {
    await flush();
    return [...(await runs.flowRuns({})), ...(await runs.taskRuns({}))].map(({ state }) => state.type);
  };
  expect(await states()).toEqual(['RUNNING', 'RUNNING']);
  offload.mockRestore();
  expect(await withRuntime(engine, () => stubborn())).toEqual([large.length, large]);
  expect(await states()).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
  expect(failures).toEqual([]);
  await engine.close();
});

test('a value that finds no space in the cache leaves its key to the next', async () => {
  await using store = await openStoreFor();
  const engine = openOver(store.store);
  const { cache } = await engine.ledger();
  const put = vi.spyOn(cache, 'put').mockImplementationOnce(() => Promise.reject(full()));
  const keyed = flow('keyed', async () => await cached(7)).with({ idempotencyKey: 'once' });
  await expect(withRuntime(engine, () => keyed())).rejects.toMatchObject({ code: 'StoreFull' });
  expect(await withRuntime(engine, () => keyed())).toBe(7);
  expect(put).toHaveBeenCalledTimes(2);
  await engine.close();
});

test('and one who serves the flow does not take it up again and again', async () => {
  await using store = await openStoreFor();
  const offload = vi.spyOn(store.store.blobs, 'offload').mockImplementation(() => Promise.reject(full()));
  const engine = openOver(store.store, 100);
  let times = 0;
  const hungry = flow('hungry', () => {
    times += 1;
    return large;
  });
  const stop = new AbortController();
  await expect(withRuntime(engine, () => hungry())).rejects.toMatchObject({ code: 'StoreFull' });
  const serving = withRuntime(engine, () => serve(hungry, { signal: stop.signal }));
  await expect.poll(() => times, { interval: 5 }).toBe(2);
  const { runs, sweep } = await engine.ledger();
  // Each of these is a chance, and a reason, to take it up.
  for (let look = 0; look < 50; look += 1) {
    await sweep();
    await store.store.write(async () => {});
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(times).toBe(2);
  offload.mockRestore();
  const state = async (): Promise<string | undefined> => (await runs.flowRuns({}))[0]?.state.name;
  await expect.poll(state, { timeout: 10_000 }).toBe('Completed');
  expect(times).toBe(3);
  stop.abort();
  await serving;
  await engine.close();
});

async function openStoreFor(): Promise<AsyncDisposable & { readonly store: Store }> {
  const store = await openStore({ url: ':memory:' });
  return { store, [Symbol.asyncDispose]: () => store.close() };
}

test.each([1, 1_000])(
  'at write n, for every n, %i writes refused',
  async (count) => {
    let from = 1;
    while (await stopsAndGoesOn({ from, count })) from += 1;
    expect(from).toBeGreaterThan(15);
  },
  60_000,
);
