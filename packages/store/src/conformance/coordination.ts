/** Conformance suite of leases: sessions with their slots and cache claims, and signals that are taken once. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../index.ts';
import { type Database, type MakeDatabase, nextId, openSession } from './harness.ts';

export function exerciseSessions(makeDatabase: MakeDatabase): void {
  describe('sessions', () => {
    let database: Database;
    let store: Store;
    beforeEach(async () => {
      database = await makeDatabase();
      store = await database.open();
    });
    afterEach(() => database[Symbol.asyncDispose]());

    test('a session lives while it is extended and never comes back', async () => {
      const session = await openSession(store, { ttlMs: 10_000 });
      expect(session.expiresAt - session.openedAt).toBeGreaterThanOrEqual(10_000);
      await database.advance(8_000);
      expect(await store.write(({ sessions }) => sessions.extend(session.id, 10_000))).toBe(true);
      await database.advance(8_000);
      expect(await store.read(({ sessions }) => sessions.expired(10))).toEqual([]);
      expect(await store.read(({ sessions }) => sessions.isLive(session.id))).toBe(true);
      await database.advance(3_000);
      expect(await store.read(({ sessions }) => sessions.isLive(session.id))).toBe(false);
      expect((await store.read(({ sessions }) => sessions.expired(10))).map(({ id }) => id)).toEqual([session.id]);
      expect(await store.write(({ sessions }) => sessions.extend(session.id, 10_000))).toBe(false);
      expect(await store.write(({ sessions }) => sessions.close(session.id))).toBe(true);
      expect(await store.write(({ sessions }) => sessions.close(session.id))).toBe(false);
      expect(await store.read(({ sessions }) => sessions.get(session.id))).toBeUndefined();
    });

    test('others learn which flows are served', async () => {
      const first = await openSession(store, { serves: ['a', 'b\n"'] });
      await openSession(store, { serves: ['gone'], ttlMs: 10 });
      await database.advance(20);
      await store.write(({ sessions }) => sessions.announce(first.id, ['c', 'b\n"']));
      expect(await store.read(({ sessions }) => sessions.served())).toEqual(['b\n"', 'c']);
      expect((await store.read(({ sessions }) => sessions.live())).map(({ id }) => id)).toEqual([first.id]);
      expect((await store.read(({ sessions }) => sessions.get(first.id)))?.serves).toEqual(['c', 'b\n"']);
    });
  });
}

export function exerciseSignals(makeDatabase: MakeDatabase): void {
  describe('signals', () => {
    let database: Database;
    let store: Store;
    beforeEach(async () => {
      database = await makeDatabase();
      store = await database.open();
    });
    afterEach(() => database[Symbol.asyncDispose]());

    const send = (flowRunId: string, name: string, idempotencyKey: string | null = null) =>
      store.write(({ signals }) => signals.send({ id: nextId(), flowRunId, name, payload: '1', idempotencyKey }));

    test('a key is sent once a run and name, and stays known after it was taken', async () => {
      const run = nextId();
      expect(await send(run, 'go', 'k')).toBe(true);
      expect(await send(run, 'go', 'k')).toBe(false);
      expect(await send(run, 'stop', 'k')).toBe(true);
      expect(await send(nextId(), 'go', 'k')).toBe(true);
      await store.write(({ signals }) => signals.takeOldest(run, 'go'));
      expect(await send(run, 'go', 'k')).toBe(false);
    });

    test('each signal is taken by one taker, oldest first', async () => {
      const run = nextId();
      for (let count = 0; count < 5; count += 1) await send(run, 'go');
      const hasUntaken = (...names: string[]) => store.read(({ signals }) => signals.hasUntaken(run, names));
      expect([await hasUntaken('go'), await hasUntaken('stop', 'go'), await hasUntaken('stop')]).toEqual([
        true,
        true,
        false,
      ]);
      const sent = (await store.read(({ signals }) => signals.list(run))).map(({ id }) => id);
      const other = await database.open();
      const takers = Array.from({ length: 7 }, (_, index) =>
        (index % 2 === 0 ? store : other).write(({ signals }) => signals.takeOldest(run, 'go')),
      );
      const taken = (await Promise.all(takers)).flatMap((signal) => (signal === undefined ? [] : [signal.id]));
      expect([...taken].sort()).toEqual(sent);
      expect([await hasUntaken('go'), await hasUntaken()]).toEqual([false, false]);
    });

    test('a body that fails has taken nothing', async () => {
      const run = nextId();
      await send(run, 'go');
      const failed = store.write(async ({ signals }) => {
        await signals.takeOldest(run, 'go');
        throw new Error('no');
      });
      await expect(failed).rejects.toThrow('no');
      expect((await store.write(({ signals }) => signals.takeOldest(run, 'go')))?.payload).toBe('1');
      expect(await store.write(({ signals }) => signals.takeOldest(run, 'go'))).toBeUndefined();
    });
  });
}

export function exerciseCache(makeDatabase: MakeDatabase): void {
  describe('cache', () => {
    let database: Database;
    let store: Store;
    beforeEach(async () => {
      database = await makeDatabase();
      store = await database.open();
    });
    afterEach(() => database[Symbol.asyncDispose]());

    test('an entry is found until it expires', async () => {
      const now = await store.read((transaction) => transaction.now());
      const entry = { key: 'k', outcome: '1', taskRunId: nextId(), expiresAt: now + 60_000 };
      await store.write(({ cache }) => cache.put(entry));
      expect(await store.read(({ cache }) => cache.get('k'))).toMatchObject(entry);
      await database.advance(60_001);
      expect(await store.read(({ cache }) => cache.get('k'))).toBeUndefined();
      await store.write(({ cache }) => cache.put({ ...entry, outcome: '2', expiresAt: null }));
      expect(await store.read(({ cache }) => cache.get('k'))).toMatchObject({ outcome: '2', expiresAt: null });
      expect(await store.write(({ cache }) => cache.remove('k'))).toBe(true);
      expect(await store.write(({ cache }) => cache.remove('k'))).toBe(false);
    });

    test('of claimers whose sessions begin in the same commits as their claims, one wins', async () => {
      const stores = await Promise.all(Array.from({ length: 3 }, () => database.open()));
      for (let round = 0; round < 20; round += 1) {
        const claims = stores.map(async (claimer, index) => {
          const sessionId = nextId();
          const opened = openSession(claimer, { id: sessionId });
          const won = claimer.write(({ cache }) =>
            cache.claim({ key: `k${round}`, leaseId: `${round}.${index}`, holderId: 'h', sessionId }),
          );
          await opened;
          return won;
        });
        expect((await Promise.all(claims)).filter((won) => won)).toHaveLength(1);
      }
    });

    test('one claimer computes a key until it is released or its session is over', async () => {
      const session = await openSession(store, { ttlMs: 10_000 });
      const claim = (leaseId: string, sessionId: string) =>
        store.write(({ cache }) => cache.claim({ key: 'k', leaseId, holderId: 'h', sessionId }));
      expect(await claim('1', session.id)).toBe(true);
      expect(await claim('2', session.id)).toBe(false);
      expect(await store.write(({ cache }) => cache.release('1'))).toBe(true);
      expect(await claim('3', session.id)).toBe(true);
      await database.advance(11_000);
      const second = await openSession(store);
      expect(await claim('4', second.id)).toBe(true);
      expect(await store.write(({ cache }) => cache.release('3'))).toBe(false);
      await store.write(({ sessions }) => sessions.close(second.id));
      expect(await claim('5', (await openSession(store)).id)).toBe(true);
    });
  });
}
