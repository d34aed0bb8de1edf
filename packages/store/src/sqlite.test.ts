/** The store's promises on SQLite: in a file, with two connections, and in memory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { exerciseStore } from './conformance/every-suite.ts';
import type { Database } from './conformance/harness.ts';
import { machineHost, openStore, type Store } from './index.ts';

/** A clock that runs with the machine's and can be moved ahead. */
function movableClock() {
  let aheadMs = 0;
  const clock = { now: () => Date.now() + aheadMs, setTimer: machineHost.clock.setTimer };
  return { clock, advance: (ms: number) => (aheadMs += ms) };
}

async function makeFile(): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-store-'));
  const { clock, advance } = movableClock();
  const stores: Store[] = [];
  return {
    async open() {
      // The disk itself is tried elsewhere; here only what is written counts.
      const url = `sqlite:${join(folder, 'store.db')}`;
      const store = await openStore({ url, durability: 'process', host: { clock } });
      stores.push(store);
      return store;
    },
    async advance(ms) {
      advance(ms);
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function makeMemory(): Promise<Database> {
  const { clock, advance } = movableClock();
  const store = await openStore({ url: ':memory:', host: { clock } });
  return {
    open: async () => store,
    async advance(ms) {
      advance(ms);
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
}

describe('sqlite file', () => exerciseStore(makeFile));
describe('sqlite memory', () => exerciseStore(makeMemory));
