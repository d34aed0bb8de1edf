/** One process's lease: opened when first needed, kept while something is held, given back. */
import { createIdSource } from '@millrace/kernel';
import { openStore, type Store } from '@millrace/store';
import { describe, expect, it, onTestFinished } from 'vitest';
import { finishFlow, startFlow } from '../conformance/harness.ts';
import { ManualClock } from '../conformance/manual-clock.ts';
import { createLedger, type Heartbeat, type HeartbeatTarget, type LedgerOptions } from '../index.ts';

async function setup(options: Partial<LedgerOptions> = {}) {
  const clock = new ManualClock();
  const store = await openStore({
    url: ':memory:',
    host: {
      clock: {
        now: clock.now,
        setTimer: (ms, callback) => {
          const timer = setTimeout(callback, ms);
          return { cancel: () => clearTimeout(timer) };
        },
      },
    },
  });
  let byte = 0;
  const nextByte = (): number => {
    byte = (byte + 7) & 0xff;
    return byte;
  };
  const ids = createIdSource({
    now: clock.now,
    randomBytes: (length) => Uint8Array.from({ length }, nextByte),
  });
  const process = { host: 'here', bootId: null, pid: 7, pidStartedAt: null };
  const ledger = createLedger({
    store,
    clock,
    random: () => 0.5,
    ids,
    process,
    leaseMs: 15_000,
    heartbeatMs: 5_000,
    ...options,
  });
  onTestFinished(() => store.close());
  return { clock, store, ledger, world: { clock, ids } as never };
}

const live = (store: Store) => store.read(({ sessions }) => sessions.live());

describe('a session', () => {
  it('that a heartbeat elsewhere let run out is opened again at the next look', async () => {
    const heartbeat: Heartbeat = { start: () => ({ stop: async () => {} }) };
    const { ledger, store, clock, world } = await setup({ heartbeat, pollMs: 1_000 });
    const execution = await startFlow(world, { ledger });
    clock.advance(60_000);
    await expect.poll(async () => (await live(store)).length).toBe(1);
    expect((await finishFlow(world, execution)).status).toBe('ACCEPT');
  });

  it('is opened with the first run and closed with the ledger', async () => {
    const { ledger, store, world } = await setup();
    await ledger.runs.flowRuns({});
    expect(await live(store)).toEqual([]);
    const execution = await startFlow(world, { ledger });
    expect(await live(store)).toMatchObject([{ host: 'here', bootId: '', pid: 7, pidStartedAt: '' }]);
    await finishFlow(world, execution);
    await ledger.close();
    expect(await live(store)).toEqual([]);
  });

  it('is kept while a run is held, and leaves no timer when none is', async () => {
    const { ledger, store, clock, world } = await setup();
    const execution = await startFlow(world, { ledger });
    for (let beats = 0; beats < 10; beats += 1) {
      clock.advance(5_001);
      await store.flush();
    }
    expect(await live(store)).toHaveLength(1);
    await finishFlow(world, execution);
    expect(clock.waiting).toBe(0);
  });

  it('is extended again ahead of the first write after a rest', async () => {
    const { ledger, store, clock, world } = await setup();
    await finishFlow(world, await startFlow(world, { ledger }));
    clock.advance(10_000);
    const execution = await startFlow(world, { ledger });
    clock.advance(10_000);
    expect(await live(store)).toHaveLength(1);
    await finishFlow(world, execution);
  });

  it('ends when there is nothing more to do, and is opened again by the next run', async () => {
    const { ledger, store, clock, world } = await setup();
    const first = await startFlow(world, { ledger });
    await ledger.rest();
    expect(await live(store), 'held').toHaveLength(1);
    await finishFlow(world, first);
    await ledger.rest();
    expect(await live(store)).toEqual([]);
    expect(clock.waiting).toBe(0);
    const resting = ledger.rest();
    const second = await startFlow(world, { ledger });
    await resting;
    expect(await live(store)).toHaveLength(1);
    expect((await finishFlow(world, second)).status).toBe('ACCEPT');
  });

  it('that was lost in a rest is opened again', async () => {
    const { ledger, store, clock, world } = await setup();
    await finishFlow(world, await startFlow(world, { ledger }));
    clock.advance(60_000);
    expect(await live(store)).toEqual([]);
    const execution = await startFlow(world, { ledger });
    expect(await live(store)).toHaveLength(1);
    await finishFlow(world, execution);
  });

  it('leaves its beats to the heartbeat it was given, and takes over when that fails', async () => {
    const targets: HeartbeatTarget[] = [];
    let stopped = 0;
    const heartbeat: Heartbeat = {
      start(target) {
        targets.push(target);
        return {
          stop: async () => {
            stopped += 1;
          },
        };
      },
    };
    const { ledger, store, clock, world } = await setup({ heartbeat, pollMs: Number.POSITIVE_INFINITY });
    const execution = await startFlow(world, { ledger });
    expect(targets).toMatchObject([{ everyMs: 5_000, ttlMs: 15_000, sessionId: (await live(store))[0]?.id }]);
    expect(clock.waiting).toBe(0);
    targets[0]?.failed();
    for (let beats = 0; beats < 5; beats += 1) {
      clock.advance(5_001);
      await store.flush();
    }
    expect(await live(store)).toHaveLength(1);
    await finishFlow(world, execution);
    await ledger.close();
    expect(stopped).toBe(0);
  });

  it('tells others which flows it serves', async () => {
    const { ledger, store, clock } = await setup();
    await ledger.announce(['etl']);
    expect(await store.read(({ sessions }) => sessions.served())).toEqual(['etl']);
    expect(clock.waiting).toBeGreaterThan(0);
    await ledger.announce([]);
    expect(clock.waiting).toBe(0);
    await ledger.close();
  });
});
