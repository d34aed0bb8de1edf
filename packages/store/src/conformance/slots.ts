/**
 * Conformance suite of concurrency slots: never above the limit, counted from live holders, free when a holder is gone, decaying as rates.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store, Transaction } from '../index.ts';
import { type Database, type MakeDatabase, nextId, openSession } from './harness.ts';

/** Takes as a ledger does: all of the names or none. */
async function acquire(transaction: Transaction, names: readonly string[], sessionId: string | null) {
  const usages = await transaction.slots.lock(names);
  if (usages.some(({ occupied, limit }) => occupied + 1 > limit)) return false;
  const hold = { leaseId: nextId(), names: usages.map(({ name }) => name), occupy: 1, holderId: nextId(), sessionId };
  await transaction.slots.hold({ ...hold, mode: 'concurrency' });
  return true;
}

export function exerciseSlots(makeDatabase: MakeDatabase): void {
  describe('slots', () => {
    let database: Database;
    let store: Store;
    beforeEach(async () => {
      database = await makeDatabase();
      store = await database.open();
    });
    afterEach(() => database[Symbol.asyncDispose]());

    const setLimit = (name: string, limit: number, slotDecayPerSecond = 0) =>
      store.write(({ slots }) => slots.setLimit({ name, limit, slotDecayPerSecond, active: true }));

    test('60 asks of two processes for 10 slots: 10 are granted', async () => {
      await setLimit('db', 10);
      const session = await openSession(store);
      const other = await database.open();
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          (index % 2 === 0 ? store : other).write((transaction) => acquire(transaction, ['db'], session.id)),
        ),
      );
      expect(answers.filter(Boolean)).toHaveLength(10);
      expect(await store.read(({ slots }) => slots.getLimit('db'))).toMatchObject({ limit: 10, occupied: 10 });
      expect(await store.read(({ slots }) => slots.holders('db', 100))).toHaveLength(10);
    });

    test('names locked in different orders do not lock each other out', async () => {
      await setLimit('a', 100);
      await setLimit('b', 100);
      const other = await database.open();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          index % 2 === 0
            ? store.write((transaction) => acquire(transaction, ['a', 'b'], null))
            : other.write((transaction) => acquire(transaction, ['b', 'a'], null)),
        ),
      );
      expect(answers.every(Boolean)).toBe(true);
    });

    test("a dead holder frees its slots without anybody's help", async () => {
      await setLimit('db', 1);
      const session = await openSession(store, { ttlMs: 5_000 });
      expect(await store.write((transaction) => acquire(transaction, ['db'], session.id))).toBe(true);
      expect(await store.write((transaction) => acquire(transaction, ['db'], session.id))).toBe(false);
      await database.advance(5_001);
      expect((await store.read(({ slots }) => slots.getLimit('db')))?.occupied).toBe(0);
      const next = await openSession(store);
      expect(await store.write((transaction) => acquire(transaction, ['db'], next.id))).toBe(true);
      expect(await store.write(({ slots }) => slots.sweep(10))).toBe(1);
      await store.write(({ sessions }) => sessions.close(next.id));
      expect((await store.read(({ slots }) => slots.getLimit('db')))?.occupied).toBe(0);
    });

    test('slots are given back by lease and by holder', async () => {
      await setLimit('a', 5);
      await setLimit('b', 5);
      const hold = { names: ['a', 'b'], occupy: 2, mode: 'concurrency', sessionId: null } as const;
      await store.write(async ({ slots }) => {
        await slots.hold({ ...hold, leaseId: 'l1', holderId: 'h1' });
        await slots.hold({ ...hold, leaseId: 'l2', holderId: 'h2' });
      });
      expect((await store.read(({ slots }) => slots.lock(['b', 'a', 'none']))).map(({ occupied }) => occupied)).toEqual(
        [4, 4],
      );
      expect(await store.write(({ slots }) => slots.release('l1'))).toBe(true);
      expect(await store.write(({ slots }) => slots.release('l1'))).toBe(false);
      expect(await store.write(({ slots }) => slots.releaseHeldBy('h2'))).toBe(2);
      expect((await store.read(({ slots }) => slots.getLimit('a')))?.occupied).toBe(0);
    });

    test('rate slots come back one after another', async () => {
      await setLimit('api', 3, 2);
      const take = (leaseId: string) =>
        store.write(({ slots }) =>
          slots.hold({ leaseId, names: ['api'], occupy: 1, mode: 'rate', holderId: 'h', sessionId: null }),
        );
      for (const lease of ['1', '2', '3']) await take(lease);
      const now = await store.read((transaction) => transaction.now());
      const full = await store.read(({ slots }) => slots.getLimit('api'));
      expect(full?.occupied).toBe(3);
      expect(full?.nextFreeAt).toBeGreaterThan(now - 1);
      expect(full?.nextFreeAt).toBeLessThanOrEqual(now + 500);
      expect(await store.write(({ slots }) => slots.release('1'))).toBe(false);
      await database.advance(500);
      expect((await store.read(({ slots }) => slots.getLimit('api')))?.occupied).toBe(2);
      await database.advance(1_000);
      expect((await store.read(({ slots }) => slots.getLimit('api')))?.occupied).toBe(0);
      await setLimit('none', 1);
      const undecaying = store.write(({ slots }) =>
        slots.hold({ leaseId: 'x', names: ['none'], occupy: 1, mode: 'rate', holderId: 'h', sessionId: null }),
      );
      await expect(undecaying).rejects.toThrow(RangeError);
    });

    test.each([700, 2_500])(
      '%d slots a second come back at that rate, which is no whole number of milliseconds',
      async (rate) => {
        await setLimit('api', 100 * rate, rate);
        const hold = { names: ['api'], mode: 'rate', holderId: 'h', sessionId: null } as const;
        await store.write(async ({ slots }) => {
          // Ten seconds' worth at once: what follows comes back after it, however slow this machine is.
          await slots.hold({ ...hold, leaseId: nextId(), occupy: 10 * rate });
          for (let count = 0; count < 100; count += 1) await slots.hold({ ...hold, leaseId: nextId(), occupy: 1 });
        });
        const ends = (await store.read(({ slots }) => slots.holders('api', 101))).map(
          ({ expiresAt }) => expiresAt ?? 0,
        );
        expect(Math.abs(Math.max(...ends) - Math.min(...ends) - 100_000 / rate)).toBeLessThanOrEqual(1);
      },
    );

    test('who takes of a rate clears away what has come back', async () => {
      await setLimit('api', 100, 1_000);
      const hold = { names: ['api'], occupy: 1, mode: 'rate', holderId: 'h', sessionId: null } as const;
      await store.write(async ({ slots }) => {
        for (let count = 0; count < 50; count += 1) await slots.hold({ ...hold, leaseId: nextId() });
      });
      await database.advance(60_000);
      await store.write(({ slots }) => slots.hold({ ...hold, leaseId: nextId() }));
      await database.advance(60_000);
      expect(await store.write(({ slots }) => slots.sweep(10))).toBe(1);
    });

    test('limits are listed by name, changed and removed', async () => {
      for (const name of ['c', 'a', 'b']) await setLimit(name, 1, 0.5);
      await store.write(({ slots }) =>
        slots.setLimit({ name: 'b', limit: 7, slotDecayPerSecond: 0.25, active: false }),
      );
      await store.read(async ({ slots }) => {
        const page = await slots.listLimits({ limit: 2 });
        expect(page.map(({ name }) => name)).toEqual(['a', 'b']);
        expect(page[1]).toMatchObject({
          name: 'b',
          limit: 7,
          slotDecayPerSecond: 0.25,
          active: false,
          occupied: 0,
          nextFreeAt: null,
        });
        expect((await slots.listLimits({ limit: 2, after: 'b' })).map(({ name }) => name)).toEqual(['c']);
      });
      expect(await store.write(({ slots }) => slots.removeLimit('b'))).toBe(true);
      expect(await store.write(({ slots }) => slots.removeLimit('b'))).toBe(false);
      expect(await store.read(({ slots }) => slots.getLimit('b'))).toBeUndefined();
    });
  });
}
