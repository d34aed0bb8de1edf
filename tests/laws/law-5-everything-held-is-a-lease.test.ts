/**
 * Law 5. Everything held is a lease: a row with holder, expiry and token. Occupancy is counted from rows, and a stale holder's
 * write is refused.
 */
import { withRuntime } from '@millrace/engine/internal';
import { openEngine } from '@millrace/local';
import { openStore, type Store } from '@millrace/store';
import { concurrency, concurrencyLimit, context, flow, StaleExecution, step, task } from 'millrace';
import { describe, expect, inject, test } from 'vitest';
import { dialects, Sandbox } from '../processes/sandbox.ts';

const soon = { timeout: 5_000, interval: 5 };

/** Both stores: the body gets an engine, and a store beside it as another process has one. */
function onEachStore(
  name: string,
  body: (world: { readonly engine: ReturnType<typeof openEngine>; readonly store: Store }) => Promise<void>,
): void {
  test.for(dialects)(`${name} (%s)`, async (dialect, { skip }) => {
    const postgresUrl = inject('postgresUrl');
    if (dialect === 'postgres' && postgresUrl === '') skip('no PostgreSQL server answers');
    await using sandbox = new Sandbox(dialect, postgresUrl);
    const engine = openEngine({
      settings: { databaseUrl: sandbox.url },
      engine: { print: () => {} },
      timing: { pollMs: 20 },
    });
    await engine.ledger();
    const store = await openStore({ url: sandbox.url });
    try {
      await withRuntime(engine, () => body({ engine, store }));
    } finally {
      await engine.close();
      await store.close();
    }
  });
}

/** Another process's session, and the run taken over by it. */
async function steal(store: Store, flowRunId: string): Promise<void> {
  await store.write(async ({ sessions, flowRuns }) => {
    const process = { host: 'elsewhere', bootId: '', pid: 1, pidStartedAt: '' };
    await sessions.open({ id: 'thief', nonce: 'thief', ...process, serves: [], ttlMs: 60_000 });
    const run = await flowRuns.getForUpdate(flowRunId);
    if (run !== undefined) await flowRuns.claim(run, 'thief');
  });
}

describe('law 5: a stale token', () => {
  onEachStore('is refused: the execution hears of it, begins nothing more, and writes nothing', async ({ store }) => {
    const work = task('work', (n: number) => n);
    const received: unknown[] = [];
    const robbed = flow('robbed', async () => {
      const { signal, flowRun } = context();
      const call = async (n: number): Promise<unknown> => await work(n);
      await call(1);
      await steal(store, flowRun?.id ?? '');
      received.push(await call(2).catch((error: unknown) => error));
      received.push(signal.reason);
      received.push(await call(3).catch((error: unknown) => error));
      return 'too late';
    });
    const handle = await robbed.start();
    await expect(handle.result()).rejects.toBeInstanceOf(StaleExecution);
    await expect.poll(() => received.length, soon).toBe(3);
    for (const reason of received) expect(reason).toBeInstanceOf(StaleExecution);
    const [run] = await store.read(({ flowRuns }) => flowRuns.list({}));
    expect(run).toMatchObject({ state: { name: 'Running' }, sessionId: 'thief', token: 2 });
    const rows = await store.read(({ taskRuns }) => taskRuns.list({}));
    expect(rows.map(({ state }) => state.name)).toEqual(['Completed']);
  });

  onEachStore('is noticed by a body that writes nothing, too', async ({ store }) => {
    const idle = flow('idle', async () => {
      const { signal, flowRun } = context();
      await step('first', () => 'the run is recorded');
      const aborted = new Promise<unknown>((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));
      await steal(store, flowRun?.id ?? '');
      // The session that held it is over, as after a sleep of the whole process.
      const [own] = (await store.read(({ sessions }) => sessions.live())).filter(({ id }) => id !== 'thief');
      await store.write(({ sessions }) => sessions.close(own?.id ?? ''));
      expect(await aborted).toBeInstanceOf(StaleExecution);
    });
    await expect((await idle.start()).result()).rejects.toBeInstanceOf(StaleExecution);
  });
});

describe('law 5: occupancy is counted from rows', () => {
  onEachStore('a slot is free when its holder gives it back, and when its session is over', async ({ store }) => {
    await concurrencyLimit.set('db', { limit: 1 });
    const gate = Promise.withResolvers<void>();
    const hold = task('hold', async () => await concurrency('db', async () => await gate.promise));
    const take = task('take', async () => await concurrency('db', () => 'taken'));
    await flow('outer', async () => {
      const holding = hold.submit();
      const occupied = async (): Promise<number | undefined> => (await concurrencyLimit.get('db'))?.occupied;
      await expect.poll(occupied, soon).toBe(1);
      expect((await concurrencyLimit.get('db'))?.heldBy).toEqual([holding.id]);
      const rows = await store.read(({ sessions }) => sessions.live());
      expect(rows).toHaveLength(1);
      gate.resolve();
      await holding;
      expect(await occupied()).toBe(0);
      expect(await take()).toBe('taken');
    })();
    // A holder whose lease is over has a row and no slot.
    await store.write(async ({ sessions, slots }) => {
      const process = { host: 'elsewhere', bootId: '', pid: 1, pidStartedAt: '' };
      await sessions.open({ id: 'sleeper', nonce: 'sleeper', ...process, serves: [], ttlMs: 1 });
      await slots.lock(['db']);
      await slots.hold({
        leaseId: 'lease',
        names: ['db'],
        mode: 'concurrency',
        holderId: 'x',
        sessionId: 'sleeper',
        occupy: 1,
      });
    });
    await expect.poll(async () => (await concurrencyLimit.get('db'))?.occupied, soon).toBe(0);
    expect(await flow('after', async () => await take())()).toBe('taken');
  });
});
