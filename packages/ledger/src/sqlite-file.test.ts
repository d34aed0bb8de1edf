import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '@millrace/store';
import { describe } from 'vitest';
import { exerciseLedger } from './conformance/every-suite.ts';
import type { MakeDatabase } from './conformance/harness.ts';

/** Each store has its own connections to one file, as processes have. */
const makeFile: MakeDatabase = async (clock) => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-ledger-'));
  const stores: Store[] = [];
  return {
    async open() {
      const store = await openStore({ url: join(folder, 'ledger.db'), durability: 'process', host: { clock } });
      stores.push(store);
      return store;
    },
    async advance(ms) {
      clock.offsetMs += ms;
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close();
      await rm(folder, { recursive: true });
    },
  };
};

describe('the ledger on a SQLite file', () => exerciseLedger(makeFile));
